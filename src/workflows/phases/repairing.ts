import { condition } from '@temporalio/workflow';
import { bindingsFor } from '../../domain/bindings.ts';
import type { Repair } from '../../domain/plan.ts';
import { undoAll } from '../rollback.ts';
import type { DeploymentRun } from '../run.ts';
import { rootMessage } from '../stopped.ts';
import { askForLock } from '../target-signals.ts';

/**
 * Carries out the compensations that an earlier deployment still owes, under a lock and fence of its own, and verifies
 * by the rollback checks. Nobody has to approve a way back; once they pass, what serves is known again.
 */
export async function repairing(run: DeploymentRun, repair: Repair): Promise<'succeeded' | 'needs-intervention'> {
  run.enter('awaiting-target');
  const fence = await grantedFence(run);
  if (fence === null) return 'needs-intervention';
  run.append({ type: 'lock-granted', fence, bindings: boundFor(run, repair, fence) });
  run.enter('rolling-back');
  if ((await undoAll(run, repair.owed)) === 'needs-intervention') return 'needs-intervention';
  if (repair.live) {
    run.append({ type: 'confirmed', live: repair.live, slot: repair.slot });
    run.append({ type: 'lock-released', why: 'repaired' });
  }
  return 'succeeded';
}

/** The target keeps its lock for this repair; null when the target is gone, which a person must look at. */
async function grantedFence(run: DeploymentRun): Promise<number | null> {
  try {
    await askForLock(run);
    const { target } = run.plan.policy.limits;
    if (await condition(() => run.grant !== null, target, { summary: 'Waiting: target' }))
      return run.grant?.fence ?? null;
    run.deviation('no-grant', 'major', 'the target did not grant its lock in time');
  } catch (error) {
    run.deviation('no-grant', 'major', `the target could not be asked for its lock: ${rootMessage(error as Error)}`);
  }
  return null;
}

/** Compensations mean what they meant; what a person says serves is what an accepting repair verifies. */
function boundFor(run: DeploymentRun, { decision, live, slot, bindings }: Repair, fence: number) {
  return decision === 'accept' ? bindingsFor(run.plan, run.id, fence, live, slot) : { ...bindings, fence };
}
