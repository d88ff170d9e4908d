import { canonicalJson } from '../base/canonical-json.ts';
import { type Served, withoutAdoption } from '../plan/references.ts';
import type { Grant } from './result.ts';
import type { Target, TargetState } from './state.ts';
import { superseding } from './supersede.ts';

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
