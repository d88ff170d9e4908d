import { z } from 'zod';
import { alertsSchema } from '../../contract/service.ts';
import { anyTargetSchema, requestedSchema, targetPageSchema, targetSchema } from '../../contract/target.ts';
import { GantryError } from '../../domain/base/errors.ts';
import type { TargetName } from '../../domain/base/ids.ts';
import { means } from '../../domain/base/means.ts';
import { nameSchema } from '../../domain/base/text-schemas.ts';
import type { Adopted, Resolution } from '../../domain/target/requests.ts';
import { type ReviewClosing, reviewViews } from '../../domain/target/reviews.ts';
import { adoptSchema, resolveSchema, reviewSchema } from '../../domain/target/schemas.ts';
import type { ApiDeps, ReadingDeps, RoutesApp } from '../deps.ts';
import { answerOnce } from '../requests/idempotency-key.ts';
import { checkMayBeAdopted } from '../requests/known-service.ts';
import { declare, pageQuery, reading, targetParams } from '../schemas.ts';
import { resolveTarget } from '../targets/resolve.ts';
import { checkReviewer, isClosedBy } from '../targets/reviews.ts';
import { forgottenTarget } from '../targets/target-from-store.ts';
import { requireOwn, vouchedForTarget } from '../trust/vouch.ts';

const listQuery = z.strictObject({
  service: nameSchema.optional().meta(means('Those of this service', 'shop')),
  environment: nameSchema.optional().meta(means('Those in this environment', 'production')),
  ...pageQuery,
});

const alertQuery = z.strictObject({ limit: pageQuery.limit });

type Stated = Pick<z.output<typeof adoptSchema>, 'release' | 'artifact' | 'slot'>;

/** What runs where, what an operator decides about a target, and alerts. */
export function targetRoutes(app: RoutesApp, deps: ReadingDeps): void {
  const operate = { access: { kind: 'operator' }, idempotencyKey: 'heeded' } as const;
  const path = '/v1/targets/:service/:environment';
  // A live release that a person states counts from now, and comes from no deployment.
  const stated = ({ release, artifact, slot }: Stated): Pick<Adopted, 'live' | 'slot'> => {
    const since = new Date(deps.now()).toISOString();
    return { live: { release, artifact, since, deployment: null }, slot: slot ?? null };
  };
  app.get(
    '/v1/targets',
    declare(reading, 'Targets, by their names', { querystring: listQuery, response: { 200: targetPageSchema } }),
    async ({ query }) => {
      const { items, next } = await deps.store.targetsBy(query);
      return { items: await Promise.all(items.map((name) => viewOf(deps, name))), next };
    },
  );
  app.get(
    path,
    declare(reading, 'What a target serves, who has it and who waits for it', {
      params: targetParams,
      response: { 200: anyTargetSchema },
    }),
    ({ params }) => viewOf(deps, params),
  );
  app.post(
    `${path}/adopt`,
    declare(operate, 'Tell an idle target what it serves', {
      params: targetParams,
      body: adoptSchema,
      response: { 200: targetSchema },
    }),
    (request, reply) =>
      answerOnce(deps.store, request, reply, async ({ operation, begins }) => {
        const { params, body, caller } = request;
        await checkMayBeAdopted(deps, params, body);
        const adopted: Adopted = { ...stated(body), by: caller, reason: body.reason };
        // A target takes a proof, and Temporal an update, once: a repeat does not undo a later adoption.
        const vouchedFor = vouchedForTarget(deps, params, 'adopt', adopted, { nonce: operation.replaceAll('-', '') });
        const known = await forgottenTarget(deps, params);
        begins();
        return { status: 200, body: await deps.gateway.adopt(params, vouchedFor, operation, known) };
      }),
  );
  app.post(
    `${path}/resolve`,
    declare({ ...operate, isReserved: true }, 'Say how a deployment that needs intervention goes on', {
      params: targetParams,
      body: resolveSchema,
      response: { 202: requestedSchema },
    }),
    (request, reply) =>
      answerOnce(deps.store, request, reply, async ({ isFirst, begins }) => {
        const { params, body, caller } = request;
        const { deployment, decision, live, reason } = body;
        requireOwn(params, deployment);
        if (decision === 'accept' && !live)
          throw new GantryError('malformed', 'To accept, say in live what the target serves.', { pointer: '/live' });
        if (decision === 'accept') await checkSlot(deps, deployment, live?.slot ?? null);
        const served = live ? stated(live) : null;
        const resolution: Resolution = { deployment, decision, reason, by: caller, live: served };
        begins();
        return { status: 202, body: await resolveTarget(deps, params, resolution, isFirst) };
      }),
  );
  app.post(
    `${path}/review`,
    declare(operate, 'Close the review of an emergency', {
      params: targetParams,
      body: reviewSchema,
      response: { 202: targetSchema },
    }),
    (request, reply) =>
      answerOnce(deps.store, request, reply, async ({ isFirst, begins }) => {
        const { params, body, caller } = request;
        const closing: ReviewClosing = { ...body, by: caller };
        requireOwn(params, closing.deployment);
        await checkReviewer(deps, closing);
        begins();
        const vouchedFor = vouchedForTarget(deps, params, 'review', closing);
        const view = await deps.gateway.review(params, vouchedFor).catch(async (error: unknown) => {
          // The first attempt was received and has closed it.
          if (!isFirst && (await isClosedBy(deps, closing))) return deps.gateway.target(params);
          throw error;
        });
        return { status: 202, body: view };
      }),
  );
  app.get(
    '/v1/alerts',
    declare(
      reading,
      'Alerts that no deployment’s own journal tells of, the newest first: what was tried past the API, and what does not move',
      { querystring: alertQuery, response: { 200: alertsSchema } },
    ),
    async ({ query: { limit } }) => ({ items: await deps.store.alerts(limit) }),
  );
}

/** Where a deployment has two slots, the live one must be stated: the next deployment goes to the other. */
async function checkSlot({ store }: ApiDeps, deployment: string, slot: string | null): Promise<void> {
  const row = await store.deployment(deployment);
  const names = ((row && (await store.plan(row.planDigest)))?.slots ?? []).map(({ name }) => name);
  if (names.length === 0 || names.includes(slot ?? '')) return;
  throw new GantryError('malformed', `Say in live.slot from which slot it serves: ${names.join(' or ')}.`, {
    pointer: '/live/slot',
  });
}

/** The target's own view; while it does not answer, the stored one, whose queue is not known: null. */
async function viewOf({ store, targetView }: ReadingDeps, { service, environment }: TargetName) {
  try {
    return await targetView({ service, environment });
  } catch (error) {
    const stored = await store.target(service, environment);
    if (!stored) throw error;
    return { ...stored, reviews: reviewViews(stored.reviews), queue: null } as const;
  }
}
