import { stateOf } from '../deployment/state.ts';
import type { JournalEntry } from '../journal/entries.ts';
import type { Plan } from '../plan/plan.ts';
import type { Served } from './result.ts';
import type { Lock, TargetState } from './state.ts';

/** One of a target's deployments, as Temporal itself tells of it. */
export interface Witness {
  readonly id: string;
  readonly number: number;
  readonly plan: Plan;
  readonly journal: readonly JournalEntry[];
}

type Held = Pick<Lock, 'number' | 'deployment' | 'fence' | 'since'>;

/** What a target was like when it was ended from outside. */
export interface Remembered {
  readonly fence: number;
  readonly lock: Held | null;
  readonly live: Served | null;
  /** The greatest number that is known to have been confirmed. */
  readonly newestConfirmed: number;
}

/**
 * A target that was ended, by the store's copy (null: it has none) and by its deployments. The copy may be behind, as after a
 * failover or an older backup: a grant with a greater fence is one that it does not know, and whoever was granted the lock
 * later has it, or has given it back. The other way round the copy counts, since the lock may have passed to a repair.
 */
export function remembered(
  copy: Pick<TargetState, 'fence' | 'lock' | 'live' | 'slot'> | null,
  witnesses: readonly Witness[],
  numberOf: (deployment: string) => number,
): Remembered {
  const granted = witnesses
    .flatMap((witness) => grantOf(witness) ?? [])
    .toSorted((a, b) => a.held.fence - b.held.fence)
    .filter(({ held }) => held.fence > (copy?.fence ?? 0));
  const newest = granted.at(-1);
  const confirmed = granted.findLast(({ serves }) => serves !== null);
  const copied = copy?.lock ? { ...copy.lock, number: numberOf(copy.lock.deployment) } : null;
  const live = copy?.live ? { live: copy.live, slot: copy.slot } : null;
  const serving = confirmed?.serves ?? live;
  const superseding = granted.filter(({ serves, isRepair }) => serves && !isRepair).map(({ held }) => held.number);
  return {
    fence: newest?.held.fence ?? copy?.fence ?? 0,
    lock: newest ? (newest.isHolding ? newest.held : null) : copied,
    live: serving,
    newestConfirmed: Math.max(0, ...superseding, copy?.live?.deployment ? numberOf(copy.live.deployment) : 0),
  };
}

/** Who says that it holds the lock and runs: nobody else may act on the target. Null where nobody does. */
export function holderAmong(running: readonly Witness[]): Witness | null {
  return running.find((witness) => grantOf(witness)?.isHolding) ?? null;
}

/** The last grant of a deployment, and what has become of it; null where it never had the lock. */
function grantOf({ id, number, plan, journal }: Witness) {
  const at = journal.findLastIndex(({ type }) => type === 'lock-granted');
  const entry = journal[at];
  if (entry?.type !== 'lock-granted') return null;
  const { outcome, confirmed } = stateOf(plan, journal);
  const isReleased = journal.slice(at).some(({ type }) => type === 'lock-released');
  return {
    held: { number, deployment: id, fence: entry.fence, since: entry.at },
    isHolding: !isReleased && (outcome === null || outcome === 'needs-intervention'),
    serves: confirmed,
    isRepair: plan.repair !== null,
  };
}
