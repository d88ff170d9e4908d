import { isApproved, startExpiry } from '../../domain/approvals.ts';
import { tell } from '../notify.ts';
import type { DeploymentRun } from '../run.ts';
import { Stopped } from '../stopped.ts';

/** Quorum per role of distinct people, for exactly this plan, until approvals expire. */
export async function awaitingApproval(run: DeploymentRun): Promise<void> {
  run.enter('awaiting-approval');
  const { plan } = run;
  const approved = () => isApproved(plan, run.state.approvals, 'start');
  if (!approved()) await tell(run, 'approval-wanted');
  const withinMs = Date.parse(startExpiry(plan, run.state.requestedAt)) - Date.now();
  const isInTime = withinMs > 0 && (await run.wait({ kind: 'approval', then: 'expires' }, withinMs, approved));
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
