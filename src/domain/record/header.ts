import { formatDuration } from '../base/duration.ts';
import { describeCause } from '../deployment/status.ts';
import { entriesOf, type JournalEntry } from '../journal/entries.ts';
import { lastOf, msBetween } from '../journal/read.ts';
import type { Wait } from '../journal/waits.ts';
import { slotName } from '../plan/bindings.ts';
import type { LiveRelease } from '../plan/references.ts';
import { isEmergency } from '../plan/waivers.ts';
import { rehearsalIn } from '../rehearsal/proven-by-rollback.ts';
import { artifactReadBack } from './artifact-read-back.ts';
import { availabilityRows, type HealthRow } from './health-rows.ts';
import { boundSpec, liveBefore, nameOf, type Source } from './source.ts';

/** The head of a record: what was to change, and what came of it. */
export type RecordHeader = ReturnType<typeof buildHeader>;

export function buildHeader(source: Source, state: 'draft' | 'final') {
  const { plan, planDigest, requested, journal, last } = source;
  const { change, repair } = plan;
  const live = source.state.bindings?.live ?? null;
  return {
    service: plan.service,
    environment: plan.environment,
    release: plan.release,
    deployment: requested.deployment,
    workflowId: requested.workflowId,
    state,
    /** Null while it runs, and for good when the workflow was terminated or lost. */
    outcome: source.ended?.outcome ?? null,
    phase: source.state.phase,
    ...clocks(source),
    oneLine: oneLine(source, state),
    repair: repair && {
      of: repair.of,
      decision: repair.decision,
      decidedBy: nameOf(plan, plan.requester.subject),
      reason: repair.reason,
      outstanding: repair.outstanding.map(({ step }) => step),
      live: repair.live?.release ?? null,
    },
    /** Only of an emergency: what its policy waives, and its review. */
    emergency: isEmergency(plan) ? { waives: plan.policy.emergency?.waives ?? [], review: source.review } : null,
    /** Only of a rehearsal: what it has proven, and whether the deployment has ended. */
    rehearsal:
      plan.mode === 'rehearsal'
        ? { kind: rehearsalIn(plan, planDigest, journal)?.kind ?? null, isOver: source.ended !== null }
        : null,
    change,
    artifact: plan.artifact,
    artifactReadBack: artifactReadBack(source),
    liveBefore: live && { ...live, slot: slotName(source.state.bindings, 'live') },
    locked: source.state.bindings !== null,
    liveAfter: liveAfter(source),
    planDigest,
    frozenPlanDigest: lastOf(journal, 'plan-frozen')?.planDigest ?? null,
    procedure: plan.procedure,
    policyDigest: plan.policy.digest,
    requestedAt: requested.at,
    requestedBy: `${requested.requester.name} (${requested.requester.subject})`,
    byRobot: plan.policy.robots.some(({ subject }) => subject === requested.requester.subject),
    onBehalfOf: change.onBehalfOf === null ? null : nameOf(plan, change.onBehalfOf),
    lastAt: last.at,
    tookMs: msBetween(requested.at, last.at),
    waitedForPeopleMs: waitedForPeopleMs(source),
  };
}

/**
 * What a worker measures begins after the workflow has asked for it and ends before the workflow receives the answer. By
 * as much as measured times lie outside of that, the clocks differ at least.
 */
function clocks({ journal }: Source) {
  const workers = journal.flatMap((entry) => {
    if (entry.type === 'action-completed') return [entry.outcome.worker];
    return entry.type === 'health-observed' ? [entry.worker] : [];
  });
  const differences = journal.flatMap((entry) => {
    if (entry.type === 'check-completed') return [msBetween(entry.at, entry.endedAt)];
    if (entry.type !== 'action-completed') return [];
    const { step, attempt, outcome, at } = entry;
    const asked = entriesOf(journal, 'step-started').find((one) => one.step === step && one.attempt === attempt);
    return [msBetween(at, outcome.endedAt), asked ? msBetween(outcome.startedAt, asked.at) : 0];
  });
  return {
    workers: [...new Set(workers)].sort(),
    /** By how much clocks of workers differ from the workflow's at least, in milliseconds. */
    largestDifferenceMs: differences.length === 0 ? null : Math.max(0, ...differences),
  };
}

/** What serves now, as far as the journal shows. */
function liveAfter(source: Source): string | null {
  const { journal, state } = source;
  if (state.confirmed) {
    const { live, slot } = state.confirmed;
    return `${live.release}${slot === null ? '' : ` on ${slot}`}, confirmed ${lastOf(journal, 'confirmed')?.at ?? ''}`;
  }
  const before = liveBefore(source);
  const previous = before?.release ?? 'the previous state';
  const rollback = lastOf(journal, 'rollback-completed');
  if (rollback)
    switch (rollback.result) {
      case 'verified':
        return `${previous}, ${readBack(source, before, rollback.at)}`;
      case 'as-before':
        return `${previous}, as bad as before`;
      case 'accepted':
        return `${previous}, as a person says`;
      case 'failed':
      case 'frozen':
        return 'unknown, the rollback could not be verified';
    }
  if (!state.hasChanged) return `${before?.release ?? 'as before'}, nothing was changed`;
  return null;
}

/** What the rollback checks found, the last time they ran. */
function readBack({ plan, journal, state }: Source, before: LiveRelease | null, at: string): string {
  const passed = entriesOf(journal, 'check-completed').filter((e) => e.for === 'rollback' && e.verdict === 'passed');
  const isSame = plan.rollback.verify.some(
    ({ id, spec }) =>
      before !== null &&
      passed.some(({ check }) => check === id) &&
      JSON.stringify(boundSpec(state, spec)).includes(before.artifact.digest),
  );
  const last = passed.at(-1);
  return `read back ${last ? `${last.endedAt} by ${last.check}` : at}${isSame ? ', same digest' : ''}`;
}

function oneLine(source: Source, state: 'draft' | 'final'): string | null {
  const { ended, last } = source;
  if (!ended)
    return state === 'final'
      ? `The journal ends after entry ${last.seq} (${last.type}) without a result: the workflow was terminated or lost`
      : null;
  const failed = availabilityRows(source).filter(({ samples }) => samples > 0);
  if (ended.outcome === 'succeeded') return [serves(source), ...failed.map(probes)].join('; ');
  const cause = ended.cause ? describeCause(ended.cause) : `ended as ${ended.outcome}, no cause given`;
  return [
    `${cause.slice(0, 1).toUpperCase()}${cause.slice(1)}${where(source)}`,
    ended.outcome === 'needs-intervention' ? 'the target keeps its lock until a person resolves it' : null,
    `serves now: ${liveAfter(source) ?? 'unknown'}`,
    ...failed.map(probes),
  ]
    .filter((part) => part !== null)
    .join('; ');
}

/** What a success comes to: which release serves, in place of which, and how long it was watched. */
function serves(source: Source): string {
  const { plan, state, journal } = source;
  const before = state.bindings?.live?.release;
  const confirmed = lastOf(journal, 'confirmed');
  if (plan.repair) return `${liveAfter(source) ?? 'what serves is unknown'}, ${plan.repair.of} is settled`;
  const at = confirmed ? ` at ${confirmed.at}` : '';
  const instead = before === undefined ? '' : before === plan.release ? ', as before' : ` in place of ${before}`;
  return `${plan.release} serves${instead}, confirmed${at} after ${formatDuration(plan.monitoring.periodMs)} of monitoring`;
}

/** `, 10.300 s into step 4 (watch)`, where a step was under way when the rollback began. */
function where({ plan, journal }: Source): string {
  const rollback = lastOf(journal, 'rollback-started');
  if (!rollback) return '';
  const before = entriesOf(journal, 'step-started').filter(({ seq }) => seq < rollback.seq);
  const running = before.at(-1);
  const first = before.find((entry) => entry.step === running?.step);
  if (!running || !first) return '';
  const isDone = entriesOf(journal, 'step-completed').some((e) => e.step === running.step && e.seq < rollback.seq);
  if (isDone) return '';
  const breach = lastOf(journal, 'health-breached')?.measuredAt;
  const number = plan.steps.findIndex(({ id }) => id === running.step) + 1;
  return `, ${formatDuration(msBetween(first.at, breach ?? rollback.at))} into step ${number} (${running.step})`;
}

function probes({ samples, failed, errors, of, maxGapMs }: HealthRow): string {
  const gap = maxGapMs === null ? 'no two good answers' : `longest gap ${maxGapMs} ms`;
  return `${failed + errors} of ${samples} probes of ${of} failed, ${gap}`;
}

const forPeople: ReadonlySet<Wait['kind']> = new Set(['readiness', 'approval', 'gate', 'manual', 'pause', 'handoff']);

/** Milliseconds in which the deployment waited for people; waits that overlap count once. */
function waitedForPeopleMs({ journal, last }: Pick<Source, 'journal' | 'last'>): number {
  const open = new Map<Wait['kind'], number>();
  let waited = 0;
  let since = 0;
  const close = (at: number) => {
    if (open.size === 0) waited += at - since;
  };
  for (const entry of journal) {
    const at = Date.parse(entry.at);
    for (const kind of endedBy(entry, open)) if (open.delete(kind)) close(at);
    if (entry.type !== 'waiting-started' || !forPeople.has(entry.wait.kind)) continue;
    if (open.size === 0) since = at;
    open.set(entry.wait.kind, at);
  }
  if (open.size > 0) waited += Date.parse(last.at) - since;
  return waited;
}

/** A new phase ends every wait of the one before. */
function endedBy(entry: JournalEntry, open: ReadonlyMap<Wait['kind'], number>): readonly Wait['kind'][] {
  if (entry.type === 'waiting-ended') return [entry.kind];
  return entry.type === 'phase-entered' || entry.type === 'ended' ? [...open.keys()] : [];
}
