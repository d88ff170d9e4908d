import { isApproved, startExpiry } from '../../../domain/deployment/approvals.ts';
import type { StandingFault } from '../../../domain/plan/standing.ts';
import { Stopped } from '../../engine/stopped.ts';
import { journalDeliveries } from '../notify.ts';
import type { DeploymentRun } from '../run.ts';

/** Quorum per role of distinct people, for exactly this plan, until approvals expire. */
export async function awaitingApproval(run: DeploymentRun): Promise<void> {
  if (run.plan.policy.standing) return passOnStanding(run, 'approval');
  run.enter('awaiting-approval');
  const { plan } = run;
  const approved = () => isApproved(plan, run.state.approvals, 'start');
  const isAsked = run.asked !== null;
  if (run.asked) journalDeliveries(run, run.asked.input, run.asked.deliveries);
  // Whoever is asked again, since an approval has lapsed, hears of it again.
  run.asked = null;
  const withinMs = Date.parse(startExpiry(plan, run.state.requestedAt)) - Date.now();
  const isInTime = withinMs > 0 && (await run.wait({ kind: 'approval', then: 'expires' }, withinMs, approved, isAsked));
  const given = run.state.approvals.filter(({ gate }) => gate === 'start').length;
  const wanted = plan.policy.approvals.rules;
  run.append({
    type: 'gate-evaluated',
    gate: 'approval',
    moment: 'approval',
    required: wanted.map(({ role, minimum }) => `${minimum} ${role}`).join(', '),
    found: `${given} of ${wanted.reduce((sum, { minimum }) => sum + minimum, 0)}`,
    verdict: isInTime ? 'passed' : 'failed',
  });
  if (!isInTime) throw new Stopped({ kind: 'expired', summary: 'not approved before approvals expire' });
}

/** Journals that a standard change goes by its standing approval: nobody is asked. */
export function passOnStanding(
  run: DeploymentRun,
  moment: 'approval' | 'grant',
  fault: StandingFault | null = null,
): void {
  const { standing } = run.plan.policy;
  if (!standing) return;
  // It passes at once, so nobody could find it by this phase.
  if (moment === 'approval') run.append({ type: 'phase-entered', phase: 'awaiting-approval' });
  const by = standing.approvedBy.map(({ subject, role }) => `${subject} as ${role}`).join(', ');
  run.append({
    type: 'gate-evaluated',
    gate: 'approval',
    moment,
    required: `a standing approval of procedure ${standing.digest}`,
    found: fault ? fault.summary : `by ${by}, until ${standing.until}`,
    verdict: fault ? 'failed' : 'passed',
  });
}
