import { digestOfJson } from '../base/canonical-json.ts';
import { formatDuration } from '../base/duration.ts';
import type { Phase } from '../base/phases.ts';
import { validationGroups } from '../base/validation-groups.ts';
import { configurationRows } from '../configuration/configuration.ts';
import { isApproved, rulesOf } from '../deployment/approvals.ts';
import { excludedFrom } from '../deployment/excluded-approvers.ts';
import { stateOf } from '../deployment/state.ts';
import { lastWordOn } from '../documents/entries.ts';
import { isRightlyWaived, lastEvaluation, requiredGates } from '../gates/evaluate.ts';
import { maxUnwatchedMs, unwatchedMs } from '../health/unwatched.ts';
import { coveredEntries } from '../journal/covered-by-record.ts';
import { deliveriesIn, undeliveredIn } from '../journal/deliveries.ts';
import { entriesOf, type JournalEntry } from '../journal/entries.ts';
import { lastOf, msBetween, reviewOf } from '../journal/read.ts';
import { readingMoments } from '../plan/configuration.ts';
import type { Plan } from '../plan/plan.ts';
import { rehearsalIn } from '../rehearsal/proven-by-rollback.ts';
import { hasRole, reviewFaults, standingFaults, unless } from './change-conditions.ts';
import { handoffOf } from './handoff.ts';
import { healthRows } from './health-rows.ts';
import { isAsPlanned } from './resolved.ts';
import { type Case, lastValidation, lastVerification, ofStep } from './source.ts';

/** The statement of a completed process. It stands in a record only when {@link completion} certifies it. */
export const completionStatement =
  'All validation pipeline requirements satisfied - deployment complete with operational excellence certification';

type Condition = (given: Case) => readonly string[];

/**
 * Whether the journal has everything that the process requires, and what it lacks. What is missing or unclear counts
 * as not satisfied. Of the entries after `ended` only those of a review, of deliveries and of pages count.
 */
export function completion(
  plan: Plan,
  whole: readonly JournalEntry[],
): { readonly certified: boolean; readonly unsatisfied: readonly string[] } {
  const journal = coveredEntries(whole);
  const state = stateOf(plan, journal);
  const given = { plan, planDigest: digestOfJson(plan), journal, state, review: reviewOf(whole), whole };
  const asked = plan.repair ? [outcome] : plan.mode === 'rehearsal' ? [rehearsal] : conditions;
  const unsatisfied = asked.flatMap((condition) => condition(given));
  return { certified: unsatisfied.length === 0, unsatisfied };
}

const outcome: Condition = ({ plan, state, journal }) => [
  ...unless(plan.repair === null, `a repair of ${plan.repair?.of ?? ''} is not a release`),
  ...unless(state.outcome === 'succeeded', `outcome ${state.outcome ?? 'not reached'}`),
  ...unless(entriesOf(journal, 'rollback-started').length === 0, 'a rollback was started'),
  ...unless(
    journal.every(({ seq }, i) => seq === i + 1),
    'the journal has gaps',
  ),
];

/** It brings no release, so nothing else is required of it. */
const rehearsal: Condition = ({ plan, planDigest, journal, state }) => [
  'a rehearsal is not a release',
  ...unless(
    rehearsalIn(plan, planDigest, journal)?.kind === 'rehearsal',
    `the rollback was not rehearsed: outcome ${state.outcome ?? 'not reached'}`,
  ),
];

const plan: Condition = ({ plan, planDigest, journal, state }) => {
  const frozen = entriesOf(journal, 'plan-frozen').map((entry) => entry.planDigest);
  const [requested] = entriesOf(journal, 'requested');
  const approvals = entriesOf(journal, 'approval-granted').filter(({ by, gate }) =>
    state.approvals.some((approval) => approval.by.subject === by.subject && approval.gate === gate),
  );
  return [
    ...unless(frozen.length === 1 && frozen[0] === planDigest, 'the plan that ran is not the one that was frozen'),
    ...unless(approvals.length > 0 || plan.policy.standing != null, 'nobody approved'),
    ...unless(
      approvals.every((approval) => approval.planDigest === planDigest),
      'the plan that ran is not the one that was approved',
    ),
    ...unless(
      requested?.release === plan.release && requested.artifactDigest === plan.artifact.digest,
      'the plan that ran is not the one that was requested',
    ),
  ];
};

const gates: Condition = ({ plan, journal }) => {
  const required: readonly string[] = requiredGates(plan);
  const evaluated = entriesOf(journal, 'gate-evaluated').map(({ gate }) => gate);
  return [...new Set([...required, ...evaluated])].flatMap((gate) => {
    const last = lastEvaluation(journal, gate);
    const verdict = last?.verdict;
    const holds =
      verdict === 'passed' ||
      (last !== null && isRightlyWaived(plan, last)) ||
      (verdict === 'not-required' && !required.includes(gate));
    return unless(holds, `gate ${gate} ${verdict ?? 'not evaluated'}`);
  });
};

const approvals: Condition = ({ plan, journal, state }) => {
  const excluded = excludedFrom(plan);
  // A gate that was not reached is named among the steps.
  const gateSteps = plan.steps.filter(({ kind, id }) => kind === 'gate' && isStarted(journal, id)).map(({ id }) => id);
  return ['start', ...gateSteps].flatMap((gate) => [
    ...unless(isApproved(plan, state.approvals, gate), `approval of ${gate} incomplete`),
    ...state.approvals
      .filter((approval) => approval.gate === gate)
      .flatMap(({ by, role }) => [
        ...unless(!excluded.has(by.subject), `approval of ${gate} by ${by.subject}, who asked for or wrote the change`),
        ...unless(
          rulesOf(plan, gate).some((rule) => rule.role === role) && hasRole(plan, by.subject, role),
          `approval of ${gate} by ${by.subject}, who is no ${role}`,
        ),
      ]),
  ]);
};

const identities: Condition = ({ plan, journal }) => {
  if (plan.policy.messages.unsigned !== 'refuse') return [];
  const given = [...entriesOf(journal, 'approval-granted'), ...entriesOf(journal, 'acknowledged')];
  return given
    .filter(({ by }) => by.identity !== 'verified')
    .map(({ by, type }) => `${type === 'acknowledged' ? 'acknowledgement' : 'approval'} by ${by.subject} not verified`);
};

const isStarted = (journal: readonly JournalEntry[], step: string) =>
  entriesOf(journal, 'step-started').some(ofStep(step));

const steps: Condition = ({ plan, journal, state }) =>
  plan.steps.flatMap((step) => {
    const result = lastOf(journal, 'step-completed', ofStep(step.id))?.result;
    if (result !== 'passed')
      return [`step ${step.id} ${result ?? (isStarted(journal, step.id) ? 'not completed' : 'not reached')}`];
    const checks = step.kind === 'action' && step.verify.kind === 'checks' ? step.verify.checks : [];
    const unverified = checks.filter(({ id }) => lastVerification(journal, step.id, id)?.verdict !== 'passed');
    return [
      ...unless(isAsPlanned({ journal, state }, step), `step ${step.id} not carried out as planned`),
      ...unverified.map(({ id }) => `verify check ${id} of step ${step.id} not passed`),
    ];
  });

const health: Condition = ({ plan, journal }) => {
  const breached = new Set(entriesOf(journal, 'health-breached').map(({ check }) => check));
  const unhealthy = plan.health.flatMap(({ id }) => {
    const seen = healthRows({ plan, journal }).find(({ check }) => check === id);
    const isGood = seen?.verdict === 'passed' && seen.samples > 0;
    const blindMs = unwatchedMs(seen?.unwatched ?? []);
    return [
      ...unless(isGood || breached.has(id), `health check ${id} not passed`),
      ...unless(blindMs <= maxUnwatchedMs, `health check ${id} unwatched for ${formatDuration(blindMs)}`),
    ];
  });
  return [...[...breached].map((check) => `health check ${check} breached`), ...unhealthy];
};

const validation: Condition = ({ plan, journal }) => {
  if (!isEntered(journal, 'validating')) return ['production validation not run'];
  return validationGroups.flatMap((group) => {
    const planned = plan.validation[group];
    if (planned.kind === 'none')
      return unless(!plan.policy.require.validation.includes(group), `${group} validation not planned`);
    return planned.checks.flatMap(({ id }) =>
      unless(lastValidation(journal, group, id)?.verdict === 'passed', `${group} check ${id} not passed`),
    );
  });
};

const deviations: Condition = ({ journal }) => {
  const major = entriesOf(journal, 'deviation').filter(({ severity }) => severity !== 'minor').length;
  const notes = entriesOf(journal, 'note-added').filter(({ severity }) => severity !== 'minor').length;
  const count = Math.max(major, notes);
  return unless(count === 0, `${count} major deviation${count === 1 ? '' : 's'}`);
};

const isEntered = (journal: readonly JournalEntry[], phase: Phase) =>
  entriesOf(journal, 'phase-entered').some((entry) => entry.phase === phase);

/** Every key was read at each moment. What could not be read is not known to be right. One line names all keys: they are read together. */
const configuration: Condition = ({ plan, journal }) => {
  const rows = plan.configuration ? configurationRows(plan, journal) : [];
  const line = (what: string, of: typeof rows) =>
    unless(of.length === 0, `configuration ${what}: ${of.map(({ source, key }) => `${source}/${key}`).join(', ')}`);
  return [
    ...readingMoments.flatMap((moment) =>
      line(
        `not read (${moment})`,
        rows.filter(({ readings }) => (readings[moment]?.state ?? 'unreadable') === 'unreadable'),
      ),
    ),
    ...line(
      'not compared',
      rows.filter(({ result }) => result === 'not comparable'),
    ),
  ];
};

/** Of each stakeholder and event the last notification was delivered; a page counts each time. */
const documents: Condition = ({ plan, journal, whole }) => {
  const notified = entriesOf(journal, 'notified');
  const isDocumented = isEntered(journal, 'documenting');
  const events = isDocumented ? (['requested', 'deployed'] as const) : (['requested'] as const);
  const wanted = plan.policy.stakeholders.flatMap(({ name, on }) =>
    events.filter((event) => on.includes(event)).map((event) => ({ name, event })),
  );
  const missing = wanted.filter(
    ({ name, event }) => !notified.some((e) => e.stakeholder === name && e.event === event),
  );
  const undelivered = undeliveredIn(deliveriesIn(whole));
  return [
    ...unless(isDocumented, 'documentation not reached'),
    ...(plan.documents ?? []).flatMap(({ name, documents: own }) =>
      own.flatMap((document) =>
        unless(
          !isDocumented || lastWordOn(whole, name, document)?.type === 'document-written',
          `document ${name}:${document.path}${document.what.kind === 'block' ? ` ${document.what.block}` : ''} not written`,
        ),
      ),
    ),
    ...unless(
      !isDocumented || lastOf(journal, 'record-published')?.state === 'draft',
      'record not published as a draft',
    ),
    ...missing.map(({ name, event }) => `${name} not notified of ${event}`),
    ...undelivered.map(({ stakeholder, event }) => `notification of ${event} to ${stakeholder} not delivered`),
  ];
};

const monitoring: Condition = ({ plan, journal }) => {
  const begun = lastOf(journal, 'phase-entered', ({ phase }) => phase === 'monitoring')?.at;
  const confirmed = lastOf(journal, 'confirmed');
  if (begun === undefined || !confirmed) return ['monitoring period not completed'];
  return [
    ...unless(msBetween(begun, confirmed.at) >= plan.monitoring.periodMs, 'monitoring period cut short'),
    ...unless(
      confirmed.live.release === plan.release && confirmed.live.artifact.digest === plan.artifact.digest,
      'the confirmed release is not the one of the plan',
    ),
  ];
};

const handoff: Condition = (given) => {
  const found = handoffOf(given);
  if (!found || found.inTime) return [];
  return [found.at !== null && lastOf(given.journal, 'confirmed') ? 'handoff late' : 'handoff not given'];
};

const conditions: readonly Condition[] = [
  outcome,
  plan,
  gates,
  approvals,
  standingFaults,
  identities,
  steps,
  health,
  validation,
  deviations,
  configuration,
  documents,
  monitoring,
  handoff,
  reviewFaults,
];
