import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { GantryError } from '../../domain/errors.ts';
import { adoptSchema, resolveSchema, reviewSchema } from '../../domain/planning/request.ts';
import type { LiveRelease } from '../../domain/references.ts';
import { type ReviewClosing, reviewViews } from '../../domain/reviews.ts';
import type { Adopted, Resolution, TargetView } from '../../domain/target.ts';
import type { TargetName } from '../../temporal/gateway.ts';
import type { ApiDeps, ReadingDeps } from '../deps.ts';
import { checkReviewer } from '../owed-reviews.ts';
import { resolveTarget } from '../resolve-target.ts';
import { anyObject, problems, targetParams } from '../schemas.ts';
import { vouched } from '../vouch.ts';

/** What runs where, and what an operator tells a target. */
export function targetRoutes(app: FastifyInstance, deps: ReadingDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const read = { access: { kind: 'read' } } as const;
  const operate = { access: { kind: 'operator' } } as const;
  const path = '/v1/targets/:service/:environment';
  // What a person says is served has been so since they said it, and no deployment brought it.
  const said = (live: Pick<LiveRelease, 'release' | 'artifact'>): LiveRelease => ({
    ...live,
    since: new Date(deps.now()).toISOString(),
    deployment: null,
  });
  routes.get('/v1/targets', { config: read, schema: { response: { 200: anyObject, ...problems } } }, async () => ({
    items: await Promise.all((await deps.store.targets()).map((name) => viewOf(deps, name))),
  }));
  routes.get(
    path,
    { config: read, schema: { params: targetParams, response: { 200: anyObject, ...problems } } },
    async ({ params }) => ({ ...(await viewOf(deps, params)) }),
  );
  routes.post(
    `${path}/adopt`,
    { config: operate, schema: { params: targetParams, body: adoptSchema, response: { 200: anyObject, ...problems } } },
    async ({ params, body: { release, artifact, slot, reason }, caller }) => {
      const adopted: Adopted = { live: said({ release, artifact }), slot: slot ?? null, by: caller, reason };
      const target = `${params.service}/${params.environment}`;
      return { ...(await deps.gateway.adopt(params, vouched(deps, target, 'adopt', adopted))) };
    },
  );
  routes.post(
    `${path}/resolve`,
    {
      config: operate,
      schema: { params: targetParams, body: resolveSchema, response: { 202: anyObject, ...problems } },
    },
    async ({ params, body: { deployment, decision, live, reason }, caller }, reply) => {
      if (decision === 'accept' && !live)
        throw new GantryError('malformed', 'To accept, say in live what the target serves.', { pointer: '/live' });
      if (decision === 'accept') await checkSlot(deps, deployment, live?.slot ?? null);
      const resolution: Resolution = {
        deployment,
        decision,
        reason,
        by: caller,
        live: live ? { live: said({ release: live.release, artifact: live.artifact }), slot: live.slot ?? null } : null,
      };
      const repair = await resolveTarget(deps, params, resolution);
      return reply.code(202).send({ ...repair });
    },
  );
  routes.post(
    `${path}/review`,
    {
      config: operate,
      schema: { params: targetParams, body: reviewSchema, response: { 202: anyObject, ...problems } },
    },
    async ({ params, body: { deployment, findings }, caller }, reply) => {
      const closing: ReviewClosing = { deployment, findings, by: caller };
      await checkReviewer(deps, closing);
      return reply
        .code(202)
        .send({ ...(await deps.gateway.review(params, vouched(deps, deployment, 'review', closing))) });
    },
  );
}

/** Where a deployment knows two slots, whoever says what serves must say from which: the other one is the next to be deployed to. */
async function checkSlot({ store }: ApiDeps, deployment: string, slot: string | null): Promise<void> {
  const row = await store.deployment(deployment);
  const names = ((row && (await store.plan(row.planDigest)))?.slots ?? []).map(({ name }) => name);
  if (names.length === 0 || names.includes(slot ?? '')) return;
  throw new GantryError('malformed', `Say in live.slot from which slot it serves: ${names.join(' or ')}.`, {
    pointer: '/live/slot',
  });
}

/** A target as it says itself. While it does not answer, as the store knows it; who waits for it is not known then: null. */
async function viewOf(
  { store, targetViews }: ReadingDeps,
  { service, environment }: TargetName,
): Promise<TargetView | (Omit<TargetView, 'queue' | 'open' | 'needsIntervention'> & { readonly queue: null })> {
  try {
    return await targetViews.view({ service, environment });
  } catch (error) {
    const stored = await store.target(service, environment);
    if (!stored) throw error;
    return { ...stored, reviews: reviewViews(stored.reviews), queue: null };
  }
}
