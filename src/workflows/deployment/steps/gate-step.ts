import { formatDuration } from '../../../domain/base/duration.ts';
import { isApproved } from '../../../domain/deployment/approvals.ts';
import type { GateStep } from '../../../domain/plan/plan.ts';
import { Stopped } from '../../engine/stopped.ts';
import type { DeploymentRun } from '../run.ts';

export async function gateStep(run: DeploymentRun, step: GateStep): Promise<void> {
  run.append({ type: 'step-started', step: step.id, attempt: 1 });
  const approved = () => isApproved(run.plan, run.state.approvals, step.id);
  const wait = { kind: 'gate', then: 'rolls back', step: step.id, role: step.role } as const;
  const isApprovedInTime = await run.wait(wait, step.withinMs, approved);
  const givers = run.state.approvals
    .filter(({ gate }) => gate === step.id)
    .map(({ by }) => `${by.name} (${by.via}, ${by.identity})`);
  const summary = isApprovedInTime
    ? `approved by ${givers.join(', ')}`
    : `not approved within ${formatDuration(step.withinMs)}`;
  run.stepCompleted(step, isApprovedInTime ? 'passed' : 'failed', summary);
  if (!isApprovedInTime) throw new Stopped({ kind: 'overrun', limit: 'gate', summary: `gate ${step.id}: ${summary}` });
}
