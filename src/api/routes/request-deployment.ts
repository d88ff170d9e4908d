import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyRequest } from 'fastify';
import { previewSchema } from '../../contract/preview.ts';
import { deploymentRequestSchema } from '../../contract/requests.ts';
import { statusSchema } from '../../contract/status.ts';
import { digestOfJson } from '../../domain/base/canonical-json.ts';
import { GantryError, hasCode } from '../../domain/base/errors.ts';
import type { Subject } from '../../domain/base/subject.ts';
import type { Status } from '../../domain/deployment/status.ts';
import { type SealedPlan, sealsOf } from '../../domain/plan/seals.ts';
import type { DeploymentRequest } from '../../domain/planning/request.ts';
import type { RequestKey } from '../../domain/target/requests.ts';
import type { Target } from '../../domain/target/state.ts';
import type { Gateway } from '../../temporal/gateway.ts';
import type { ReadingDeps, RoutesApp } from '../deps.ts';
import { checkLiveRelease, freeze } from '../requests/freeze.ts';
import { type Asked, type Attempt, askedBy, once, type Tried } from '../requests/idempotency-key.ts';
import { preview } from '../requests/preview.ts';
import { declare } from '../schemas.ts';
import { forgottenTarget } from '../targets/target-from-store.ts';
import { giveWarrant, giveWarrantIfAccepted, sealsBorneBy } from '../trust/warrant.ts';
import { firstStatus, statusOnceStarted } from '../views/deployment.ts';

/** Requesting a deployment, and previewing a request. */
export function requestRoutes(app: RoutesApp, deps: ReadingDeps): void {
  app.post(
    '/v1/deployments',
    declare({ access: { kind: 'may', what: 'request' }, idempotencyKey: 'needed' }, 'Request a deployment', {
      body: deploymentRequestSchema,
      response: { 202: statusSchema },
    }),
    async (request, reply) => {
      const status = await requestOnce(deps, request.caller, askedWithKey(request), request.body);
      return reply.code(202).header('location', `/v1/deployments/${status.id}`).send(status);
    },
  );
  app.post(
    '/v1/plans',
    declare(
      { access: { kind: 'may', what: 'request', isPreview: true } },
      'Preview: the plan as it would be frozen, what would hold it, its steps and checks, every gate with what is missing and who could give it, what changed',
      { body: deploymentRequestSchema, response: { 200: previewSchema } },
    ),
    async (request) => preview(deps, request.caller, request.body),
  );
}

/** Every deployment has a key. Throws `idempotency-key-missing`. */
function askedWithKey(request: FastifyRequest): Asked {
  try {
    const asked = askedBy(request);
    // The build before this one, and targets, identify a request by its body as it was read.
    if (asked) return { ...asked, digests: { ...asked.digests, read: digestOfJson(request.body) } };
  } catch (error) {
    if (!hasCode(error, 'malformed')) throw error;
  }
  throw new GantryError('idempotency-key-missing', 'Send Idempotency-Key with 1 to 200 visible ASCII characters.');
}

/** One request per (subject, key), however often and however concurrently it is sent. */
function requestOnce(deps: ReadingDeps, caller: Subject, asked: Asked, body: DeploymentRequest): Promise<Status> {
  return once(
    deps.store,
    asked,
    (attempt) => startRequest(deps, caller, asked.key, attempt, body),
    async (remembered) => {
      if (remembered.kind === 'given') throw new GantryError('internal', 'A key is remembered with another answer.');
      return withHint(await statusOnceStarted(deps, remembered.deployment, caller.subject));
    },
  );
}

/** A target skips numbers that are in use, as after an older store was restored; it is asked at most so often. */
const tries = 3;

/** How long a target may take to notice that it could not start one, in milliseconds. */
const skipMs = 1_000;

/** Requests a deployment from the target. `isRepeat`: an earlier request under the key has started it, even if the store has lost that. Throws `not-ready` where each number it gives is in use. */
async function startedNow(
  { gateway, now }: Pick<ReadingDeps, 'gateway' | 'now'>,
  argument: RequestKey & SealedPlan,
  known: Target | null,
) {
  for (let attempt = 1; ; attempt += 1) {
    const askedAt = now();
    const { id } = await gateway.request(argument.plan, argument, known);
    const startedAt = await gateway.startedAt(id).catch(() => null);
    // One that began before the request is an earlier result of the key, or another deployment of that number.
    if (startedAt === null || startedAt >= askedAt) return { id, isRepeat: false };
    if (await isItsOwn(gateway, argument, id)) return { id, isRepeat: true };
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
  { bodyDigest, isFirst, begins }: Attempt,
  body: DeploymentRequest,
): Promise<Tried<Status>> {
  const { store, gateway } = deps;
  // The target knows key and body too: a repeat after a lost answer finds the same deployment.
  const known = { key: digestOfJson([caller.subject, key]), bodyDigest };
  const before = isFirst ? null : await gateway.requested(body, known);
  if (before) return startedBefore(deps, caller, body, before.id);
  const frozen = await freeze(deps, body, caller);
  const { plan, planDigest } = frozen;
  await checkLiveRelease(deps, plan);
  const seals = deps.signingKeys && sealsOf(plan, planDigest, deps.signingKeys.seal);
  if (!seals && plan.policy.messages.unsigned === 'refuse')
    throw new GantryError('no-signing-key', 'The policy counts only what the API vouches for: give it a message-key.');
  await store.savePlan(planDigest, plan, seals);
  const forgotten = await forgottenTarget(deps, plan);
  begins();
  const starting = startedNow(deps, { plan, planDigest, seals, ...known }, forgotten);
  const { id, isRepeat } = await starting.catch((error: unknown) => {
    // While the store is away the request cannot be repeated, and a run without a warrant is rejected.
    if (hasCode(error, 'engine-unavailable')) void giveWarrantIfAccepted(deps, body, known, seals);
    throw error;
  });
  // The store has lost the key, as after a failover: the deployment has the plan of the earlier request.
  if (isRepeat) return startedBefore(deps, caller, body, id);
  await giveWarrant(deps, body, id, seals);
  return { remembered: remembered(id), answer: () => firstStatus(deps, id, caller.subject, frozen) };
}

/** What an earlier attempt has started: its process may have ended before it gave the warrant. */
async function startedBefore(
  deps: ReadingDeps,
  caller: Subject,
  body: DeploymentRequest,
  id: string,
): Promise<Tried<Status>> {
  const status = await statusOnceStarted(deps, id, caller.subject);
  if (status.outcome === null) await giveWarrant(deps, body, id, await sealsBorneBy(deps, id, status.planDigest));
  return { remembered: remembered(id), answer: () => withHint(status) };
}

/** A repeat of a request whose deployment has ended gets a hint, as when a pipeline is run again. */
function withHint(status: Status): Status {
  if (status.outcome === null) return status;
  const hint = `This Idempotency-Key has led to ${status.id}, which ended as ${status.outcome}: nothing is begun again. A new try has a new key, such as one with the number of the pipeline's attempt.`;
  return { ...status, hint };
}

const remembered = (deployment: string) => ({ kind: 'deployment', deployment }) as const;
