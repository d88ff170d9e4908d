import { parseDeploymentId } from '../base/ids.ts';
import type { DeploymentHistory } from '../deployment/history.ts';
import { stateOf } from '../deployment/state.ts';
import type { Served } from '../plan/references.ts';
import type { Lock, TargetState } from './state.ts';

/** One of a target's deployments, by its history in Temporal. */
export type Witness = Pick<DeploymentHistory, 'id' | 'number' | 'plan' | 'journal'>;

type Held = Pick<Lock, 'number' | 'deployment' | 'fence' | 'since'>;

/** The state of a target when it was ended from outside. */
export interface Remembered {
  readonly fence: number;
  readonly lock: Held | null;
  readonly live: Served | null;
  /** The greatest number that is known to have been confirmed. */
  readonly newestConfirmed: number;
}

/**
 * The state of a target that was ended, by the store's copy (null: it has none) and by its deployments. The copy may be
 * behind, as after a failover or an older backup: a deployment with a greater fence was granted the lock later, and has it
 * or has released it. Otherwise the copy counts, since the lock may have passed to a repair.
 */
export function remembered(
  copy: Pick<TargetState, 'fence' | 'lock' | 'live' | 'slot'> | null,
  witnesses: readonly Witness[],
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

/** The running deployment that holds the lock by its own journal: no other may act on the target. Null: there is none. */
export function holderAmong(running: readonly Witness[]): Witness | null {
  return running.find((witness) => grantOf(witness)?.isHolding) ?? null;
}

/** The last grant of the lock to a deployment, and whether it still holds it; null where it never had the lock. */
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

function numberOf(deployment: string): number {
  return parseDeploymentId(deployment)?.number ?? 0;
}
