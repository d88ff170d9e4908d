import { formatDuration } from '../base/duration.ts';
import type { DeploymentState, StepState } from '../deployment/state.ts';
import { maxUnwatchedMs, type Unwatched, unwatchedMs, unwatchedWithin } from '../health/unwatched.ts';
import { entriesOf } from '../journal/entries.ts';
import { lastOf, msBetween } from '../journal/read.ts';
import type { Actor, CheckResult } from '../journal/values.ts';
import { describeAction } from '../kinds/describe.ts';
import { slotName } from '../plan/bindings.ts';
import type { PlannedStep } from '../plan/plan.ts';
import { healthRows, watchOf } from './health-rows.ts';
import { buildIntervention } from './intervention-section.ts';
import { isAsPlanned, resolvedOf } from './resolved.ts';
import { buildRollback } from './rollback-section.ts';
import { boundSpec, lastVerification, ofStep, type Source } from './source.ts';

/** The second section of a record: steps, health, rollback and deviations as they were carried out. */
export type ExecutionLog = ReturnType<typeof buildExecution>;
export type StepRow = ReturnType<typeof stepRow>;
export type DeviationRow = ExecutionLog['deviations'][number];

/** A check that verified a step. */
interface VerifiedBy {
  readonly check: string;
  readonly verdict: CheckResult['verdict'];
  readonly summary: string;
  /** The parts of a wait that were not watched. */
  readonly unwatched: Unwatched;
}

export function buildExecution(source: Source) {
  const { plan, journal } = source;
  const steps = plan.steps.map((step, i) => stepRow(source, step, i + 1));
  const granted = lastOf(journal, 'lock-granted');
  const health = healthRows(source);
  return {
    steps,
    /** Steps that were carried out as the plan says, byte for byte. */
    matched: plan.steps.filter((step) => isAsPlanned(source, step)).length,
    bound: granted && {
      at: granted.at,
      fence: granted.fence,
      live: granted.bindings.live,
      liveSlot: slotName(source.state.bindings, 'live'),
      idleSlot: slotName(source.state.bindings, 'idle'),
    },
    /** Users that commands of steps ran as, by name; null: the worker's own. Empty where no action reported it. */
    commandsRanAs: commandsRanAs(source),
    watch: watchOf(source),
    health,
    /** Health checks of the plan that nothing was journaled of. */
    unobserved: plan.health.map(({ id }) => id).filter((id) => !health.some(({ check }) => check === id)),
    breaches: entriesOf(journal, 'health-breached').map(({ check, verdict, summary, measuredAt, step }) => {
      return { check, verdict, summary, measuredAt, step };
    }),
    rollback: buildRollback(source),
    deviations: entriesOf(journal, 'deviation').map((entry) => {
      const { at, code, severity, what, decidedBy, authority, step = null } = entry;
      return { at, code, severity, what, decidedBy, authority, step };
    }),
    intervention: source.ended?.outcome === 'needs-intervention' ? buildIntervention(source) : null,
  };
}

function commandsRanAs({ journal }: Source) {
  const users = entriesOf(journal, 'action-completed').map(({ outcome }) => outcome.observed['ranAs']);
  return [...new Set(users.filter((one) => one === null || typeof one === 'string'))];
}

function stepRow(source: Source, step: PlannedStep, number: number) {
  const { journal } = source;
  const starts = entriesOf(journal, 'step-started').filter(ofStep(step.id));
  const completed = lastOf(journal, 'step-completed', ofStep(step.id));
  const stopped = lastOf(journal, 'rollback-started') ?? source.ended;
  const end = completed ?? (stopped && starts[0] && stopped.seq > starts[0].seq ? stopped : null);
  const tookMs = starts[0] && end ? msBetween(starts[0].at, end.at) : null;
  return {
    number,
    id: step.id,
    title: step.title,
    kind: step.kind,
    ...plannedOf(source, step),
    /** Null for steps that are no action, and where nothing was journaled. */
    resolved: step.kind === 'action' ? resolvedOf(source.state.bindings, step.do, starts) : null,
    state: stateOf(source.state, step.id),
    actual: starts.length === 0 ? 'not reached' : actualOf(source, step, tookMs),
    startedAt: starts[0]?.at ?? null,
    tookMs,
    attempts: new Set(starts.map(({ attempt }) => attempt)).size,
    /** Null for steps that are not retried. */
    attemptsAllowed: step.kind === 'action' ? step.retry.attempts : null,
    verifiedBy: verifiedBy(source, step),
    lastLines: lastLinesOf(source, step.id),
    /** Why nothing verifies it, as the procedure says. */
    unverified: starts.length > 0 && step.kind === 'action' && step.verify.kind === 'none' ? step.verify.reason : null,
  };
}

function stateOf(
  { steps }: DeploymentState,
  id: string,
): Exclude<StepState['state'], 'pending' | 'verifying'> | 'not-reached' {
  const at = steps.find((step) => step.id === id)?.state ?? 'pending';
  return at === 'pending' ? 'not-reached' : at === 'verifying' ? 'running' : at;
}

function plannedOf({ state }: Source, step: PlannedStep): { readonly planned: string; readonly limitMs: number } {
  switch (step.kind) {
    case 'action':
      return { planned: describeAction(step.do.kind, boundSpec(state, step.do.spec)), limitMs: step.do.timeoutMs };
    case 'hold':
      return { planned: `hold ${formatDuration(step.durationMs)}`, limitMs: step.durationMs };
    case 'gate':
      return { planned: `${step.minimum} ${step.role}`, limitMs: step.withinMs };
    case 'manual':
      return { planned: `${step.role}: ${step.instructions}`, limitMs: step.withinMs };
  }
}

/** So many of the last lines of an output are shown. */
const maxLines = 10;

/** What a step's action printed last, where it did not complete; null where it printed nothing. */
function lastLinesOf({ journal }: Source, step: string): readonly string[] | null {
  const last = lastOf(journal, 'action-completed', ofStep(step))?.outcome;
  if (!last?.output || last.kind === 'completed') return null;
  const { head, tail } = last.output;
  const lines = (tail === '' ? head : tail).split(/\r?\n/).filter((line) => line.trim() !== '');
  return lines.length === 0 ? null : lines.slice(-maxLines);
}

function actualOf(source: Source, step: PlannedStep, tookMs: number | null): string {
  const { journal } = source;
  const isOwn = ofStep(step.id);
  const completed = lastOf(journal, 'step-completed', isOwn);
  const outcome = lastOf(journal, 'action-completed', isOwn);
  const lost = lastOf(journal, 'attempt-lost', isOwn);
  const readBack = lastOf(journal, 'read-back', isOwn);
  const breach = entriesOf(journal, 'health-breached').find(isOwn);
  const unbegun = lastOf(journal, 'attempt-not-begun', isOwn);
  const parts = [
    outcome && (!lost || outcome.seq > lost.seq) ? outcome.outcome.summary : null,
    lost && (!outcome || lost.seq > outcome.seq) ? `answer of attempt ${lost.attempt} lost: ${lost.why}` : null,
    unbegun ? `attempt ${unbegun.attempt} never began: ${unbegun.why}` : null,
    readBack ? `read back after attempt ${readBack.attempt}: ${readBack.verdict} (${readBack.summary})` : null,
    completed && (step.kind !== 'action' || completed.result === 'failed') ? completed.summary : null,
    completed?.by ? actorLine(completed.by) : null,
    step.kind === 'gate' && !completed ? approvers(source, step.id) : null,
    breach ? `health check ${breach.check} breached` : null,
    completed ? null : tookMs === null ? 'under way' : `after ${formatDuration(tookMs)}`,
  ];
  return parts.filter((part) => part !== null && part !== '').join('; ');
}

function approvers({ state }: Source, gate: string): string {
  const given = state.approvals.filter((approval) => approval.gate === gate);
  return given.map(({ by }) => actorLine(by)).join('; ');
}

const actorLine = ({ name, via, identity }: Actor) => `${name}, ${via}, ${identity}`;

/** An action is verified by its checks, a wait by the health checks that ran through it. */
function verifiedBy(source: Source, step: PlannedStep): readonly VerifiedBy[] {
  if (step.kind !== 'action') return watchedBy(source, step.id);
  if (step.verify.kind !== 'checks') return [];
  return step.verify.checks.flatMap(({ id }) => {
    const last = lastVerification(source.journal, step.id, id);
    return last ? [{ check: id, verdict: last.verdict, summary: last.summary, unwatched: [] }] : [];
  });
}

/** Without a breach, a check passed only as far as it was watched. */
function watchedBy(source: Source, step: string): readonly VerifiedBy[] {
  const { journal, ended } = source;
  const breaches = entriesOf(journal, 'health-breached').filter(ofStep(step));
  if (breaches.length > 0)
    return breaches.map(({ check, verdict, summary }) => ({ check, verdict, summary, unwatched: [] }));
  const started = entriesOf(journal, 'step-started').find(ofStep(step));
  const completed = lastOf(journal, 'step-completed', ofStep(step));
  if (!started || completed?.result !== 'passed') return [];
  const rows = healthRows(source);
  return (lastOf(journal, 'health-started')?.checks ?? []).map((check) => {
    const seen = rows.find((row) => row.check === check);
    const absent = ended ? 'no breach, but its counts are not in the journal' : 'no breach so far, its counts follow';
    if (!seen) return { check, verdict: 'inconclusive', summary: absent, unwatched: [] };
    const unwatched = unwatchedWithin(seen.unwatched, started.at, completed.at);
    const isWatched = seen.verdict !== 'inconclusive' && unwatchedMs(unwatched) <= maxUnwatchedMs;
    return { check, verdict: isWatched ? 'passed' : 'inconclusive', summary: 'no breach', unwatched };
  });
}
