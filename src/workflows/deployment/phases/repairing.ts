import { condition } from '@temporalio/workflow';
import { bindingsFor } from '../../../domain/plan/bindings.ts';
import type { Repair } from '../../../domain/plan/plan.ts';
import type { Grant } from '../../../domain/target/result.ts';
import { activities } from '../../engine/activities.ts';
import { rootMessage } from '../../engine/failures.ts';
import { askForLock, confirm, refuseGrant, unconfirmed } from '../notify-target.ts';
import { undoAll } from '../rollback.ts';
import type { DeploymentRun } from '../run.ts';

/**
 * Carries out the compensations that an earlier deployment has left outstanding, under a lock and fence of its own, and verifies
 * by the rollback checks. A way back needs no approval; once they pass, what serves is known again.
 */
export async function repairing(run: DeploymentRun, repair: Repair): Promise<'succeeded' | 'needs-intervention'> {
  run.enter('awaiting-target');
  const fence = await grantedFence(run);
  if (fence === null) return 'needs-intervention';
  run.append({ type: 'lock-granted', fence, bindings: boundFor(run, repair, fence) });
  run.enter('rolling-back');
  if ((await undoAll(run, repair.outstanding)) === 'needs-intervention') return 'needs-intervention';
  const { live, slot } = repair;
  if (live) await confirm(run, { live, slot }, 'repaired');
  return 'succeeded';
}

/**
 * The target keeps its lock for this repair. Whatever comes as a grant is confirmed with the target before anything acts
 * under its fence. Null when there is none, so that a person must intervene.
 */
async function grantedFence(run: DeploymentRun): Promise<number | null> {
  const { id: deployment, plan } = run;
  const { service, environment } = plan;
  const until = Date.now() + plan.policy.limits.target;
  try {
    for (;;) {
      await askForLock(run);
      const grant = await grantBefore(run, until);
      if (!grant) return noGrant(run, 'the target did not grant its lock in time');
      if (await activities.confirmGrant({ deployment, service, environment, grant })) return grant.fence;
      // The genuine one may have come meanwhile.
      if (run.grant === grant) run.grant = null;
      if (!refuseGrant(run)) return noGrant(run, `again and again ${unconfirmed}`);
    }
  } catch (error) {
    return noGrant(run, `the target could not be asked for its lock: ${rootMessage(error)}`);
  }
}

async function grantBefore(run: DeploymentRun, until: number): Promise<Grant | null> {
  const leftMs = until - Date.now();
  if (leftMs > 0) await condition(() => run.grant !== null, leftMs, { summary: 'Waiting: target' });
  return run.grant;
}

function noGrant(run: DeploymentRun, why: string): null {
  run.deviation('no-grant', 'major', why);
  return null;
}

/** Compensations keep their bindings; a repair that accepts verifies the release that a person named. */
function boundFor(run: DeploymentRun, { decision, live, slot, bindings }: Repair, fence: number) {
  return decision === 'accept' ? bindingsFor(run.plan, run.id, fence, live, slot) : { ...bindings, fence };
}
