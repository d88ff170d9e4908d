import type { Preview } from '../../contract/preview.ts';
import { differencesBetween } from '../../domain/base/differences.ts';
import type { DeploymentRow } from '../../domain/journal/batch.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { ApiDeps } from '../deps.ts';

const maxChanges = 100;

/** All other outcomes are of deployments that changed nothing. */
const ran: ReadonlySet<string | null> = new Set(['succeeded', 'rolled-back', 'needs-intervention']);

/**
 * What differs between a plan and the newest one that has run to its end, among these deployments of its target, the
 * newest first. A repair only finishes another deployment: its plan does not count.
 */
export async function changedSinceLast(
  { store }: Pick<ApiDeps, 'store'>,
  plan: Plan,
  rows: readonly DeploymentRow[],
): Promise<Pick<Preview, 'changed' | 'changedMore' | 'changedSince'>> {
  for (const { id, planDigest } of rows.filter(({ outcome }) => ran.has(outcome))) {
    const before = await store.plan(planDigest);
    if (before?.repair !== null) continue;
    const changed = differencesBetween(before, plan);
    return {
      changed: changed.slice(0, maxChanges),
      changedMore: Math.max(0, changed.length - maxChanges),
      changedSince: { deployment: id, release: before.release, planDigest },
    };
  }
  return { changed: null, changedMore: 0, changedSince: null };
}
