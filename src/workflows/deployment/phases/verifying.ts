import { isApproved, startExpiry } from '../../../domain/deployment/approvals.ts';
import { unacknowledged } from '../../../domain/deployment/decide.ts';
import { wantedOf } from '../../../domain/deployment/wanted.ts';
import { type EvaluatedGates, verifyingGates } from '../../../domain/gates/verifying.ts';
import { type DeliveryView, deliveriesIn, reachedBy } from '../../../domain/journal/deliveries.ts';
import type { Asked } from '../../../domain/kinds/notification.ts';
import { isEmergency } from '../../../domain/plan/waivers.ts';
import { onCallWords } from '../../../domain/policy/readiness.ts';
import type { GateFindings } from '../../../domain/ports/gates.ts';
import { evaluateGates } from '../../engine/activity-options.ts';
import { Stopped } from '../../engine/stopped.ts';
import { journalDeliveries, notificationOf, notify } from '../notify.ts';
import type { DeploymentRun } from '../run.ts';

/** What a machine can tell is evaluated first, all of it, and shown; then people say that they are ready. */
export async function verifying(run: DeploymentRun): Promise<void> {
  run.enter('verifying');
  const { plan, planDigest, seals } = run;
  const { runIdentity, workplace, bindings } = run;
  const paging = isEmergency(plan) ? notify(run, 'page', `An emergency is requested: ${plan.change.summary}.`) : null;
  const requested = notificationOf(run, 'requested');
  const ask = asksNext(run) ? notificationOf(run, 'approval-wanted', approvalWanted(run)) : null;
  const evaluating = evaluateGates('Evaluate the evidence, ask every health check, tell stakeholders', {
    runIdentity,
    plan,
    planDigest,
    seals,
    observe: { runIdentity, workplace, checks: plan.health, seal: null, step: null, bindings, once: true },
    grant: null,
    notify: requested,
    // Where nothing else stands between the evaluation and the approvers, they hear of it with the evaluation.
    ask,
  });
  const [evaluated] = await Promise.all([evaluating, paging]);
  run.window = { finding: evaluated.window, at: Date.now() };
  run.throwIfStopped();
  run.asked = evaluated.asked && { input: ask, deliveries: evaluated.asked };
  journalDeliveries(run, requested, evaluated.deliveries);
  journalPolicy(run, evaluated.policy);
  const deliveries = await untilDelivered(run);
  const faults = journalGates(run, verifyingGates(plan, bindings, { ...evaluated, deliveries }));
  if (faults.length > 0) throw new Stopped({ kind: 'rejected', summary: `not met: ${faults.join('; ')}` });
  await readiness(run);
}

/** How the deliveries of the request stand once it has reached everybody or never will, at the latest when policy waits no longer. */
async function untilDelivered(run: DeploymentRun): Promise<readonly DeliveryView[]> {
  const found = () => deliveriesIn(run.journal).filter(({ event }) => event === 'requested');
  const isDecided = () => {
    const told = reachedBy(found());
    return told.includes('lost') || !told.includes('open');
  };
  await run.wait({ kind: 'notification', then: 'rejects' }, run.plan.policy.limits.notification, isDecided);
  return found();
}

/** What approvers are asked for, as the wait for them will say. */
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

/** Tells once of each policy that is not the one before; the deployment keeps the rules of its plan. */
export function journalPolicy(run: DeploymentRun, found: GateFindings['policy']): void {
  const last = run.journal.findLast((entry) => entry.type === 'policy-changed');
  if (found.digest !== (last?.digest ?? run.plan.policy.digest)) run.append({ type: 'policy-changed', ...found });
}

/** Journals gates and answers what is wrong with those that did not pass. */
export function journalGates(run: DeploymentRun, { gates, faults }: EvaluatedGates): readonly string[] {
  for (const gate of gates) run.append(gate);
  return faults;
}

async function readiness(run: DeploymentRun): Promise<void> {
  const wanted = run.plan.policy.readiness;
  const gate = { type: 'gate-evaluated', gate: 'readiness', moment: 'verifying' } as const;
  if (!wanted) return run.append({ ...gate, required: 'nothing', found: 'not asked for', verdict: 'not-required' });
  const open = () => unacknowledged(run.plan, run.state, 'readiness');
  const isReady = await run.wait({ kind: 'readiness', then: 'rejects' }, wanted.withinMs, () => open().length === 0);
  const given = run.state.acknowledged.filter((known) => known.for === 'readiness');
  const said = given.map(({ by, role, at }) => `${by.name} for ${role} ${at} (${by.via}, ${by.identity})`);
  run.append({
    ...gate,
    required: [...wanted.roles, ...wanted.onCall].join(', '),
    found: isReady
      ? [...said, ...wanted.onCall.map(onCallWords)].join('; ')
      : `not acknowledged in time: ${open().join(', ')}`,
    verdict: isReady ? 'passed' : 'failed',
  });
  if (!isReady) throw new Stopped({ kind: 'rejected', summary: `not ready in time: ${open().join(', ')}` });
}
