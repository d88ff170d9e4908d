import { canonicalJson } from '../base/canonical-json.ts';
import { type Served, withoutAdoption } from '../plan/references.ts';
import { idOf, without } from './queue.ts';
import type { Resolution } from './requests.ts';
import type { Grant } from './result.ts';
import type { Lock, Target, TargetState } from './state.ts';
import { superseding } from './supersede.ts';

/** The target remembers the proofs of so many adoptions, and resolutions: more than operators send before the first of them expires. */
export const rememberedProofs = 50;

/** The target after the lock went to the first in the queue; null: it is held, or nothing is queued. */
export function withGrant(target: Target, at: string): Target | null {
  const holder = target.open.find((one) => one.number === target.queue[0]);
  if (target.lock || !holder) return null;
  const { number } = holder;
  const fence = target.fence + 1;
  return {
    ...target,
    fence,
    lock: { number, deployment: holder.id, fence, since: at, isStuck: false },
    queue: target.queue.slice(1),
    open: target.open.map((one) => (one.number === number ? { ...one, hadLock: true } : one)),
  };
}

/** The target as the lock passes to a repair: at once, since no other may have it while something is outstanding. */
export function withRepair(target: Target, number: number, at: string, said?: Pick<Resolution, 'proof'>): Target {
  const { fence, resolutions = [] } = target;
  const deployment = idOf(target, number);
  const remembered = said?.proof ? { resolutions: [...resolutions, said.proof.nonce].slice(-rememberedProofs) } : {};
  return { ...target, ...remembered, lock: { number, deployment, fence, since: at, isStuck: false } };
}

/** Whether this very resolution was accepted before: a repair that could not be started leaves the lock as it was. */
export function hasCounted({ resolutions = [] }: Target, { proof }: Pick<Resolution, 'proof'>): boolean {
  return proof !== undefined && resolutions.includes(proof.nonce);
}

/**
 * The target as a repair is about to be started: every grant raises the fence. Not before it is planned: until then the
 * deployment to be repaired may turn out to go on, and its rollback would be refused under an older fence.
 */
export function withRepairGranted(target: Target, number: number): Target {
  const { lock } = target;
  if (lock?.number !== number) return target;
  const fence = target.fence + 1;
  return { ...target, fence, lock: { ...lock, fence } };
}

/**
 * The target once a repair could not be started: as it was before, for a person to resolve. Not stuck where the deployment
 * to be repaired turned out to go on (`goesOn`); if that has ended since, it found the lock to be another's, and a person
 * must say what serves.
 */
export function withoutRepair(target: Target, number: number, before: Lock, goesOn = false): Target {
  const isOpen = target.open.some((one) => one.number === before.number);
  return { ...without(target, number), lock: { ...before, isStuck: !(goesOn && isOpen) } };
}

/**
 * The target after a deployment released its lock, or its place in the queue. Only the holder may say what serves, and a
 * stuck lock stays stuck: a reset or forged run must not free what only `resolve` may.
 */
export function withRelease(target: Target, number: number, serves: Served | null): Target {
  const { lock } = target;
  const queue = target.queue.filter((one) => one !== number);
  if (lock?.number !== number || lock.isStuck) return { ...target, queue };
  const isRepair = target.open.some((one) => one.number === number && one.isRepair);
  const confirmed = serves && !isRepair ? superseding(target, number) : {};
  return { ...target, queue, lock: null, ...serving(target, serves), ...confirmed };
}

/** What a target serves from then on. Where that is what it served before, who adopted it is kept. */
export function serving({ live }: Target, serves: Served | null): Partial<Served> {
  if (!serves?.live || !live?.adopted) return serves ?? {};
  const isSame = canonicalJson(withoutAdoption(live)) === canonicalJson(withoutAdoption(serves.live));
  return isSame ? { ...serves, live } : serves;
}

/** The target once the holder has reported that it needs intervention: from then on `resolve` is accepted. */
export function withStuck(target: Target, number: number, seq: number): Target {
  const { lock } = target;
  if (lock?.number !== number || lock.isStuck) return target;
  return { ...target, lock: { ...lock, isStuck: true, decidedSeq: seq } };
}

/** Whether a deployment holds the lock of a target by exactly this grant. */
export function isHeldBy(
  { lock, live, slot }: Pick<TargetState, 'lock' | 'live' | 'slot'>,
  deployment: string,
  grant: Grant,
): boolean {
  const isOwn = lock?.deployment === deployment && lock.fence === grant.fence;
  return isOwn && servedText({ live, slot }) === servedText(grant);
}

function servedText({ live, slot }: Pick<TargetState, 'live' | 'slot'>): string {
  return canonicalJson({ live: live && withoutAdoption(live), slot });
}
