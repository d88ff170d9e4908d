import { isApproved } from '../../../domain/deployment/approvals.ts';
import { wantedOf } from '../../../domain/deployment/missing-people.ts';
import { startExpiry } from '../../../domain/deployment/start-expiry.ts';
import { type DeliveryView, deliveriesIn, reachedBy } from '../../../domain/journal/deliveries.ts';
import type { Asked } from '../../../domain/kinds/notification.ts';
import { isEmergency } from '../../../domain/plan/waivers.ts';
import type { GateFindings } from '../../../domain/ports/gates.ts';
import { evaluateGates } from '../../engine/bounds-by-plan.ts';
import { Stopped } from '../../engine/stopped.ts';
import { journalGates } from '../journal-gates.ts';
import { journalDeliveries, notificationOf, notify } from '../notify.ts';
import { checksOfPlan } from '../observe.ts';
import { readiness } from '../readiness.ts';
import type { DeploymentRun } from '../run.ts';

/** What a machine can evaluate comes first, all of it, and is shown; then people confirm that they are ready. */
export async function verifying(run: DeploymentRun): Promise<void> {
  run.enter('verifying');
  const { plan, bindings } = run;
  const paging = isEmergency(plan) ? notify(run, 'page', `An emergency is requested: ${plan.change.summary}.`) : null;
  const requested = notificationOf(run, 'requested');
  const ask = asksNext(run) ? notificationOf(run, 'approval-wanted', approvalWanted(run)) : null;
  const evaluating = evaluateGates('Evaluate the evidence, ask every health check, notify stakeholders', {
    ...run.sealedPlan,
    observe: checksOfPlan(run, plan.health, true),
    grant: null,
    notify: requested,
    // Where nothing else stands between the evaluation and the approvers, they are notified with the evaluation.
    ask,
  });
  const [evaluated] = await Promise.all([evaluating, paging]);
  run.window = { finding: evaluated.window, at: Date.now() };
  run.throwIfStopped();
  run.asked = evaluated.asked && { input: ask, deliveries: evaluated.asked };
  journalDeliveries(run, requested, evaluated.deliveries);
  journalPolicy(run, evaluated.policy);
  const deliveries = await untilDelivered(run);
  const faults = journalGates(run, 'request', { ...evaluated, deliveries, bindings });
  if (faults.length > 0) throw new Stopped({ kind: 'rejected', summary: `not met: ${faults.join('; ')}` });
  await readiness(run);
}

/** How the deliveries of the request stand once it has reached everybody or never will, at the latest when policy waits no longer. */
async function untilDelivered(run: DeploymentRun): Promise<readonly DeliveryView[]> {
  const found = () => deliveriesIn(run.journal).filter(({ event }) => event === 'requested');
  const isDecided = () => {
    const reached = reachedBy(found());
    return reached.includes('lost') || !reached.includes('open');
  };
  await run.wait({ kind: 'notification', then: 'rejects' }, run.plan.policy.limits.notification, isDecided);
  return found();
}

/** What approvers are asked for, in the words of the wait for them. */
function approvalWanted({ plan, state }: DeploymentRun): Asked | undefined {
  const until = startExpiry(plan, state.requestedAt);
  return wantedOf(plan, state, { kind: 'approval', then: 'expires', until })?.asked;
}

/** Whether approvers are wanted as soon as the evaluation is passed. */
function asksNext({ plan, state }: DeploymentRun): boolean {
  return (
    !plan.policy.readiness && !plan.policy.standing && !state.paused && !isApproved(plan, state.approvals, 'start')
  );
}

/** Journals each policy once that differs from the one before; the deployment keeps the rules of its plan. */
export function journalPolicy(run: DeploymentRun, found: GateFindings['policy']): void {
  const last = run.journal.findLast((entry) => entry.type === 'policy-changed');
  if (found.digest !== (last?.digest ?? run.plan.policy.digest)) run.append({ type: 'policy-changed', ...found });
}
