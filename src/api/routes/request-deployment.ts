import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { digestOfJson } from '../../domain/canonical-json.ts';
import { GantryError } from '../../domain/errors.ts';
import type { Subject } from '../../domain/plan.ts';
import { type DeploymentRequest, deploymentRequestSchema } from '../../domain/planning/request.ts';
import type { SealedPlan } from '../../domain/ports/deployments.ts';
import type { Status } from '../../domain/status.ts';
import type { RequestKey } from '../../domain/target.ts';
import { sealsOf } from '../../domain/trust/seal.ts';
import type { Gateway } from '../../temporal/gateway.ts';
import { firstStatus, statusOnceStarted } from '../deployment-views.ts';
import type { ReadingDeps } from '../deps.ts';
import { checkLiveRelease, freeze } from '../planning.ts';
import { preview } from '../preview.ts';
import { previewSchema, problems, statusSchema } from '../schemas.ts';
import { giveWarrant } from '../warrant.ts';

/** How long a repeat waits for the request it repeats: 5 s, as long as that one may wait for Temporal. */
const othersMs = 5_000;

/** Asking for a deployment, and seeing beforehand what would be asked for. */
export function requestRoutes(app: FastifyInstance, deps: ReadingDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const config = { access: { kind: 'may', what: 'request' } } as const;
  routes.post(
    '/v1/deployments',
    {
      config,
      schema: {
        summary: 'Request a deployment (needs an Idempotency-Key header)',
        body: deploymentRequestSchema,
        response: { 202: statusSchema, ...problems },
      },
    },
    async (request, reply) => {
      const status = await requestOnce(deps, request.caller, keyOf(request.headers['idempotency-key']), request.body);
      return reply.code(202).header('location', `/v1/deployments/${status.id}`).send(status);
    },
  );
  routes.post(
    '/v1/plans',
    {
      config,
      schema: {
        summary:
          'Preview: the plan as it would be frozen, every gate with what is missing and who could give it, what changed',
        body: deploymentRequestSchema,
        response: { 200: previewSchema, ...problems },
      },
    },
    async (request) => preview(deps, request.caller, request.body),
  );
}

function keyOf(header: string | readonly string[] | undefined): string {
  if (typeof header === 'string' && /^[\x21-\x7e]{1,200}$/.test(header)) return header;
  throw new GantryError('idempotency-key-missing', 'Send Idempotency-Key with 1 to 200 visible ASCII characters.');
}

/** One request per (subject, key), however often and however concurrently it is sent. */
async function requestOnce(deps: ReadingDeps, caller: Subject, key: string, body: DeploymentRequest): Promise<Status> {
  const { store } = deps;
  const bodyDigest = digestOfJson(body);
  const until = Date.now() + othersMs;
  for (;;) {
    const claim = await store.claim(caller.subject, key, bodyDigest);
    switch (claim.kind) {
      case 'claimed':
        return startRequest(deps, caller, key, { bodyDigest, isFirst: claim.isFirst }, body);
      case 'completed':
        return statusOnceStarted(deps, claim.deployment, caller.subject);
      case 'other-body':
        throw new GantryError('idempotency-key-reused', 'This Idempotency-Key came with another body before.');
      case 'in-progress':
        if (Date.now() > until)
          throw new GantryError('idempotency-in-progress', 'The same request is being worked on; repeat it.');
        await delay(50);
    }
  }
}

/** A target skips numbers that somebody has used, as after an older store was restored; so often it is asked anew. */
const tries = 3;
/** It knows within moments that it could not start one, in milliseconds. */
const skipMs = 1_000;

/** Asks the target for a deployment of its own. Throws `not-ready` where number after number is somebody else's. */
async function startedNow(
  { gateway, now }: Pick<ReadingDeps, 'gateway' | 'now'>,
  argument: RequestKey & SealedPlan,
): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const askedAt = now();
    const { id } = await gateway.request(argument.plan, argument);
    const startedAt = await gateway.startedAt(id).catch(() => null);
    // What began before it was asked for is what the key has led to before, or has had the number already.
    if (startedAt === null || startedAt >= askedAt || (await isItsOwn(gateway, argument, id))) return id;
    if (attempt === tries)
      throw new GantryError('not-ready', `Number after number of the target is somebody else's, ${id} at last.`);
  }
}

async function isItsOwn(gateway: Gateway, { plan, key, bodyDigest }: RequestKey & SealedPlan, id: string) {
  const until = Date.now() + skipMs;
  while (Date.now() < until) {
    if ((await gateway.requested(plan, { key, bodyDigest }))?.id !== id) return false;
    await delay(50);
  }
  return true;
}

async function startRequest(
  deps: ReadingDeps,
  caller: Subject,
  key: string,
  { bodyDigest, isFirst }: { readonly bodyDigest: string; readonly isFirst: boolean },
  body: DeploymentRequest,
): Promise<Status> {
  const { store, gateway } = deps;
  // The target knows key and body too: a repeat whose first answer was lost finds the same deployment.
  const known = { key: digestOfJson([caller.subject, key]), bodyDigest };
  let mayBeAccepted = !isFirst;
  try {
    const before = isFirst ? null : await gateway.requested(body, known);
    if (before) {
      // Whoever asked it before may not have lived to vouch for it.
      const status = await statusOnceStarted(deps, before.id, caller.subject);
      if (status.outcome === null) await giveWarrant(deps, before.id, status.planDigest);
      await store.complete(caller.subject, key, before.id);
      return status;
    }
    const frozen = await freeze(deps, body, caller);
    const { plan, planDigest } = frozen;
    await checkLiveRelease(deps, plan);
    const seals = deps.signingKeys && sealsOf(plan, planDigest, deps.signingKeys.seal);
    if (!seals && plan.policy.messages.unsigned === 'refuse')
      throw new GantryError(
        'no-signing-key',
        'The policy counts only what the API vouches for: give it a message-key.',
      );
    await store.savePlan(planDigest, plan, seals);
    mayBeAccepted = true;
    const id = await startedNow(deps, { plan, planDigest, seals, ...known });
    await giveWarrant(deps, id, planDigest);
    await store.complete(caller.subject, key, id);
    return await firstStatus(deps, id, caller.subject, frozen);
  } catch (error) {
    // A target that was asked may have accepted without being heard: then the key stays with this body.
    await store[mayBeAccepted ? 'giveBack' : 'release'](caller.subject, key).catch(() => undefined);
    throw error;
  }
}
