import { liveReleaseGate, slotName } from '../../domain/bindings.ts';
import { unacknowledged } from '../../domain/decide.ts';
import type { StageFinding } from '../../domain/evidence/evidence.ts';
import { mayBeBad } from '../../domain/health.ts';
import { entriesOf, type GateName } from '../../domain/journal.ts';
import { standingWords } from '../../domain/policy/readiness.ts';
import { isEmergency, verdictOr } from '../../domain/policy/waivers.ts';
import type { JudgeResult } from '../../domain/ports/judgement.ts';
import type { ObserveResult } from '../../domain/ports/observation.ts';
import { judge } from '../activity-options.ts';
import { journalDeliveries, notificationOf, tell } from '../notify.ts';
import type { DeploymentRun } from '../run.ts';
import { Stopped } from '../stopped.ts';

/** What a machine can tell is judged first, all of it, and shown; then people say that they are ready. */
export async function verifying(run: DeploymentRun): Promise<void> {
  run.enter('verifying');
  const { plan, planDigest, seals } = run;
  const { lease, workplace, bindings } = run;
  const paging = isEmergency(plan) ? tell(run, 'page', `An emergency is requested: ${plan.change.summary}.`) : null;
  const judging = judge('Judge the evidence, ask every health check, tell stakeholders', {
    lease,
    plan,
    planDigest,
    seals,
    observe: { lease, workplace, checks: plan.health, seal: null, step: null, bindings, once: true },
    grant: null,
    notify: notificationOf(run, 'requested'),
  });
  const [judged] = await Promise.all([judging, paging]);
  run.window = { finding: judged.window, at: Date.now() };
  run.throwIfStopped();
  journalDeliveries(run, 'requested', judged.deliveries);
  journalPolicy(run, judged.policy);
  const faults = [
    ...journalStages(run, judged.stages, 'verifying'),
    ...journalRehearsal(run, judged.rehearsal, 'verifying'),
    ...journalAnswers(run, judged.observed),
    ...journalNotified(run),
    ...journalLiveRelease(run, 'verifying'),
  ];
  if (faults.length > 0) throw new Stopped({ kind: 'rejected', summary: `not met: ${faults.join('; ')}` });
  await readiness(run);
}

/** Tells once of each policy that is not the one before; the deployment keeps the rules of its plan. */
export function journalPolicy(run: DeploymentRun, found: JudgeResult['policy']): void {
  const last = run.journal.findLast((entry) => entry.type === 'policy-changed');
  if (found.digest !== (last?.digest ?? run.plan.policy.digest)) run.append({ type: 'policy-changed', ...found });
}

/** Journals the five stages as gates and answers what is wrong with them. */
export function journalStages(
  run: DeploymentRun,
  stages: JudgeResult['stages'],
  moment: 'verifying' | 'grant',
): readonly string[] {
  for (const finding of stages) {
    const { stage, required, found, verdict, fault, digest, url } = finding;
    run.append({
      type: 'gate-evaluated',
      gate: `stage-${stage}` satisfies GateName,
      moment,
      required,
      found,
      verdict,
      ...(digest === null ? {} : { digest }),
      ...(url === null ? {} : { url }),
      ...(fault === null ? {} : { fault }),
    });
  }
  return stages.filter(({ verdict }) => verdict !== 'passed' && verdict !== 'waived').map(describeFault);
}

/** Journals whether the way back was rehearsed and answers what is wrong with that. */
export function journalRehearsal(
  run: DeploymentRun,
  { verdict, required, found, fault, digest }: JudgeResult['rehearsal'],
  moment: 'verifying' | 'grant',
): readonly string[] {
  run.append({
    type: 'gate-evaluated',
    gate: 'rehearsal',
    moment,
    required,
    found,
    verdict,
    ...(digest === null ? {} : { digest }),
    ...(fault === null ? {} : { fault }),
  });
  return verdict === 'failed' ? [`rehearsal ${fault ?? 'unclear'} (${found})`] : [];
}

function describeFault({ stage, fault, found }: Pick<StageFinding, 'stage' | 'fault' | 'found'>): string {
  return `stage ${stage} ${fault ?? 'unclear'} (${found})`;
}

/** Journals which artifact a rollback returns to, as presumed at the request or bound by the lock; answers what is wrong. */
export function journalLiveRelease(run: DeploymentRun, moment: 'verifying' | 'grant'): readonly string[] {
  const { live } = run.bindings;
  const gate = liveReleaseGate(run.plan, { live, slot: slotName(run.bindings, 'live') });
  run.append({ type: 'gate-evaluated', gate: 'live-release', moment, ...gate });
  return gate.verdict === 'failed' ? [`live release: ${gate.found}`] : [];
}

function journalAnswers(run: DeploymentRun, { results }: ObserveResult): readonly string[] {
  const { plan } = run;
  const silent = results.filter(({ verdict }) => verdict === 'error');
  const answered = results.length - silent.length;
  const found = `${answered} of ${plan.health.length} health checks answered`;
  // What may be bad before the change may be so by its silence, too.
  const lenient = silent.filter(({ check }) => plan.health.some((one) => one.id === check && mayBeBad(plan, one)));
  const isPassed = lenient.length === silent.length && results.length === plan.health.length;
  const verdict = verdictOr(plan, 'health-at-start', isPassed);
  run.append({
    type: 'gate-evaluated',
    gate: 'health-answers',
    moment: 'verifying',
    required: 'every health check answers',
    found: lenient.length === 0 ? found : `${found}; ${lenient.map(({ check }) => check).join(', ')} need not yet`,
    verdict,
  });
  if (verdict !== 'failed') return [];
  const words = silent.map(({ check, summary }) => `${check} (${summary})`).join(', ');
  return [`health checks that do not answer: ${words || 'unclear'}`];
}

function journalNotified(run: DeploymentRun): readonly string[] {
  const told = entriesOf(run.journal, 'notified').filter(({ event }) => event === 'requested');
  const delivered = told.filter((entry) => entry.delivered).length;
  const isPassed = told.length > 0 && delivered === told.length;
  run.append({
    type: 'gate-evaluated',
    gate: 'notified',
    moment: 'verifying',
    required: 'stakeholders told of the request',
    found: `${delivered} of ${told.length} delivered`,
    verdict: isPassed ? 'passed' : 'failed',
  });
  return isPassed ? [] : [`stakeholders told: ${delivered} of ${told.length}`];
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
    required: [...wanted.roles, ...wanted.standing].join(', '),
    found: isReady
      ? [...said, ...wanted.standing.map(standingWords)].join('; ')
      : `not acknowledged in time: ${open().join(', ')}`,
    verdict: isReady ? 'passed' : 'failed',
  });
  if (!isReady) throw new Stopped({ kind: 'rejected', summary: `not ready in time: ${open().join(', ')}` });
}
