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
import { type Asked, type Attempt, askedBy, once, type Tried } from '../requests/once.ts';
import { preview } from '../requests/preview.ts';
import { declare } from '../schemas.ts';
import { forgottenTarget } from '../targets/known-target.ts';
import { giveWarrant, giveWarrantIfAccepted, sealsBorneBy } from '../trust/warrant.ts';
import { firstStatus, statusOnceStarted } from '../views/deployment.ts';

/** Asking for a deployment, and seeing beforehand what would be asked for. */
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
    // The build before this one, and targets, know a request by its body as it was read.
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

/** A target skips numbers that somebody has used, as after an older store was restored; so often it is asked anew. */
const tries = 3;

/** It knows within moments that it could not start one, in milliseconds. */
const skipMs = 1_000;

interface Started {
  readonly id: string;
  /** The key has led to it before, whatever the store knows of that. */
  readonly isRepeat: boolean;
}

/** Asks the target for a deployment of its own. Throws `not-ready` where number after number is somebody else's. */
async function startedNow(
  { gateway, now }: Pick<ReadingDeps, 'gateway' | 'now'>,
  argument: RequestKey & SealedPlan,
  known: Target | null,
): Promise<Started> {
  for (let attempt = 1; ; attempt += 1) {
    const askedAt = now();
    const { id } = await gateway.request(argument.plan, argument, known);
    const startedAt = await gateway.startedAt(id).catch(() => null);
    // What began before it was asked for is what the key has led to before, or has had the number already.
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
  // The target knows key and body too: a repeat whose first answer was lost finds the same deployment.
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
    // While the store is away, nobody can ask again, and a run without the API's word is rejected.
    if (hasCode(error, 'engine-unavailable')) void giveWarrantIfAccepted(deps, body, known, seals);
    throw error;
  });
  // A store that has lost the key, as after a failover: the plan is the one that was frozen then.
  if (isRepeat) return startedBefore(deps, caller, body, id);
  await giveWarrant(deps, body, id, seals);
  return { remembered: remembered(id), answer: () => firstStatus(deps, id, caller.subject, frozen) };
}

/** What an earlier try at the request has started: whoever made that may not have lived to vouch for it. */
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

/** Whoever repeats a request that is over, as a pipeline that is run again, is told how to ask anew. */
function withHint(status: Status): Status {
  if (status.outcome === null) return status;
  const hint = `This Idempotency-Key has led to ${status.id}, which ended as ${status.outcome}: nothing is begun again. A new try has a new key, such as one with the number of the pipeline's attempt.`;
  return { ...status, hint };
}

const remembered = (deployment: string) => ({ kind: 'deployment', deployment }) as const;
