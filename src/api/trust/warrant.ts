import { setTimeout as delay } from 'node:timers/promises';
import { GantryError, hasCode } from '../../domain/base/errors.ts';
import type { TargetName } from '../../domain/base/ids.ts';
import { isSealedBy } from '../../domain/messages/proof.ts';
import type { Warrant } from '../../domain/messages/warrant.ts';
import type { RequestKey } from '../../domain/target/requests.ts';
import type { Seals } from '../../domain/trust/seal.ts';
import { orAfter } from '../../system/time-limit.ts';
import type { ApiDeps } from '../deps.ts';
import { requireOwn, vouched } from './vouch.ts';

/** A target starts its deployments at once; a request waits at most this long for the start, in milliseconds. */
const startMs = 5_000;
const lookAgainMs = 20;

/** After the request was answered the start is polled less often, for longer than a run waits for its warrant. */
const lookLaterMs = 1_000;
const lookForMs = 120_000;

/**
 * The seals of a deployment that was requested before: from the store, or, where it has lost them, from the deployment's
 * history, if this API has made them. Null: it has none. Throws `engine-unavailable`.
 */
export async function sealsBorneBy(deps: ApiDeps, deployment: string, planDigest: string): Promise<Seals | null> {
  const stored = await deps.store.sealsOf(planDigest);
  if (stored || !deps.signingKeys) return stored;
  const seals = (await deps.gateway.whole(deployment))?.seals;
  return seals && isSealedBy(deps.signingKeys.publicKeys, seals) ? seals : null;
}

/**
 * Gives the run that a target has started for a request its warrant: workers do nothing without one. A plan without seals
 * needs none. Throws `engine-unavailable`: a repeat of the request gives it again, and a start that only comes late gets it
 * without a repeat, which is not possible while the store is away. Throws `other-target` where the target answered with a
 * deployment that is not its own.
 */
export async function giveWarrant(
  deps: ApiDeps,
  target: TargetName,
  deployment: string,
  seals: Seals | null,
  waitMs = startMs,
): Promise<void> {
  requireOwn(target, deployment);
  if (!deps.signingKeys || !seals) return;
  const given = giveOnceStarted(deps, deployment, seals.planDigest, waitMs).then(() => true);
  if (await orAfter(waitMs, given, false)) return;
  throw new GantryError('engine-unavailable', `${deployment} was accepted and has not been started yet; repeat it.`);
}

async function giveOnceStarted(deps: ApiDeps, deployment: string, planDigest: string, waitMs: number): Promise<void> {
  const since = Date.now();
  for (;;) {
    const passedMs = Date.now() - since;
    const isWaitedFor = passedMs < waitMs;
    try {
      const runId = await deps.gateway.startedRun(deployment);
      if (runId !== null) return await giveTo(deps, deployment, { runId, planDigest });
    } catch (error) {
      if (isWaitedFor || passedMs >= lookForMs || !hasCode(error, 'engine-unavailable')) throw error;
    }
    if (passedMs >= lookForMs) return;
    // It does not keep the process alive.
    await delay(isWaitedFor ? lookAgainMs : lookLaterMs, undefined, { ref: isWaitedFor });
  }
}

/**
 * The same in the background, for a request that the target may have accepted without an answer: polled for longer than a run
 * waits for its warrant. A deployment with another plan is not of this request. Never throws.
 */
export async function giveWarrantIfAccepted(
  deps: ApiDeps,
  target: TargetName,
  key: RequestKey,
  seals: Seals | null,
): Promise<void> {
  if (!seals) return;
  const until = Date.now() + lookForMs;
  while (Date.now() < until) {
    try {
      const found = await deps.gateway.requested(target, key);
      const accepted = found && (await deps.gateway.whole(found.id));
      if (accepted?.planDigest === seals.planDigest) return await giveWarrant(deps, target, accepted.id, seals);
      if (accepted) return;
    } catch (error) {
      if (!hasCode(error, 'engine-unavailable')) return;
    }
    // It does not keep the process alive.
    await delay(lookLaterMs, undefined, { ref: false });
  }
}

type Unproven = Omit<Warrant, 'proof'> & Partial<Pick<Warrant, 'proof'>>;

async function giveTo(deps: ApiDeps, deployment: string, warrant: Unproven): Promise<void> {
  const { proof } = vouched(deps, deployment, 'warrant', warrant);
  if (proof) await deps.gateway.warrant(deployment, { ...warrant, proof });
}
