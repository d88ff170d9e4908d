import { condition } from '@temporalio/workflow';
import type { Repair } from '../../domain/plan.ts';
import { undoAll } from '../rollback.ts';
import type { DeploymentRun } from '../run.ts';
import { askForLock } from '../target-signals.ts';

/**
 * Carries out the compensations that an earlier deployment still owes, under a lock and fence of its own, and verifies
 * by the rollback checks. Nobody has to approve a way back; once they pass, what serves is known again.
 */
export async function repairing(run: DeploymentRun, repair: Repair): Promise<'succeeded' | 'needs-intervention'> {
  run.enter('awaiting-target');
  await askForLock(run);
  await condition(() => run.grant !== null);
  const fence = run.grant?.fence ?? 0;
  run.append({ type: 'lock-granted', fence, bindings: { ...repair.bindings, fence, live: repair.live } });
  run.enter('rolling-back');
  if ((await undoAll(run, repair.owed)) === 'needs-intervention') return 'needs-intervention';
  if (repair.live) {
    run.append({ type: 'confirmed', live: repair.live, slot: repair.slot });
    run.append({ type: 'lock-released', why: 'repaired' });
  }
  return 'succeeded';
}
