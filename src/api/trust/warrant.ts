import { setTimeout as delay } from 'node:timers/promises';
import { GantryError, hasCode } from '../../domain/base/errors.ts';
import { isSealedBy } from '../../domain/messages/proof.ts';
import type { Warrant } from '../../domain/messages/warrant.ts';
import type { RequestKey } from '../../domain/target/requests.ts';
import type { Seals } from '../../domain/trust/seal.ts';
import type { TargetName } from '../../temporal/gateway.ts';
import type { ApiDeps } from '../deps.ts';
import { requireOwn, vouched } from './vouch.ts';

/** A target starts its deployments at once; whoever asked waits this long for it, in milliseconds, unless told otherwise. */
const startMs = 5_000;
const lookAgainMs = 20;

/** Once nobody waits for it any more, it is looked for less often, and for longer than a run waits for its word. */
const lookLaterMs = 1_000;
const lookForMs = 120_000;

/**
 * The seals that a deployment bears which was asked for before: as the store has them, or, where it has lost them, as the
 * deployment itself does, if this API has made them. Null: it bears none. Throws `engine-unavailable`.
 */
export async function sealsBorneBy(deps: ApiDeps, deployment: string, planDigest: string): Promise<Seals | null> {
  const stored = await deps.store.sealsOf(planDigest);
  if (stored || !deps.signingKeys) return stored;
  const told = await deps.gateway.whole(deployment);
  return told?.seals && isSealedBy(deps.signingKeys.publicKeys, told.seals) ? told.seals : null;
}

/**
 * Gives the run that a target has started for a request the API's word for it: workers do nothing for any other. Where
 * the plan bears no seals, none is asked for. Throws `engine-unavailable`: a repeat of the request gives it again, and
 * where it has only not been started yet, it is given without one, since while the store is away nobody can repeat; and
 * `other-target` where whoever answers in the target's name names a deployment that is not its own.
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
  const waiting = new AbortController();
  const late = delay(waitMs, undefined, { signal: waiting.signal }).then(() => {
    throw new GantryError('engine-unavailable', `${deployment} was accepted and has not been started yet; repeat it.`);
  });
  try {
    await Promise.race([late, giveOnceStarted(deps, deployment, seals.planDigest, waitMs)]);
  } finally {
    waiting.abort();
  }
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
    // No process is kept for it.
    await delay(isWaitedFor ? lookAgainMs : lookLaterMs, undefined, { ref: isWaitedFor });
  }
}

/**
 * The same for a request that the target may have accepted, though its answer did not come: looked for beside whatever else
 * is done, for longer than a run waits for its word. What bears another plan was not asked for here. Never throws.
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
      const told = found && (await deps.gateway.whole(found.id));
      if (told?.planDigest === seals.planDigest) return await giveWarrant(deps, target, told.id, seals);
      if (told) return;
    } catch (error) {
      if (!hasCode(error, 'engine-unavailable')) return;
    }
    // No process is kept for it.
    await delay(lookLaterMs, undefined, { ref: false });
  }
}

type Unproven = Omit<Warrant, 'proof'> & Partial<Pick<Warrant, 'proof'>>;

async function giveTo(deps: ApiDeps, deployment: string, said: Unproven): Promise<void> {
  const { proof } = vouched(deps, deployment, 'warrant', said);
  if (proof) await deps.gateway.warrant(deployment, { ...said, proof });
}
