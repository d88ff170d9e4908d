import { isApproved } from '../../../domain/deployment/approvals.ts';
import { startExpiry } from '../../../domain/deployment/start-expiry.ts';
import { Stopped } from '../../engine/stopped.ts';
import { journalGates } from '../journal-gates.ts';
import { journalDeliveries } from '../notify.ts';
import type { DeploymentRun } from '../run.ts';

/** Quorum per role of distinct people, for exactly this plan, until approvals expire. */
export async function awaitingApproval(run: DeploymentRun): Promise<void> {
  if (run.plan.policy.standing) return passOnStanding(run);
  run.enter('awaiting-approval');
  const { plan } = run;
  const approved = () => isApproved(plan, run.state.approvals, 'start');
  const isAsked = run.asked !== null;
  if (run.asked) journalDeliveries(run, run.asked.input, run.asked.deliveries);
  // Approvers who are asked again, since an approval has lapsed, are notified again.
  run.asked = null;
  const withinMs = Date.parse(startExpiry(plan, run.state.requestedAt)) - Date.now();
  const isInTime = withinMs > 0 && (await run.wait({ kind: 'approval', then: 'expires' }, withinMs, approved, isAsked));
  const faults = journalGates(run, 'approval', { approvals: run.state.approvals, isInTime });
  if (faults.length > 0) throw new Stopped({ kind: 'expired', summary: faults.join('; ') });
}

/** A standard change goes by its standing approval: nobody is asked, so no search could find it by this phase. */
function passOnStanding(run: DeploymentRun): void {
  run.append({ type: 'phase-entered', phase: 'awaiting-approval' });
  journalGates(run, 'approval', { approvals: [], isInTime: true });
}
