import { describeCause } from '../deployment/status.ts';
import { entriesOf } from '../journal/entries.ts';
import { lastOf, msBetween } from '../journal/read.ts';
import { allCompensations, describeUndo } from '../plan/compensations.ts';
import type { OutstandingCompensation } from '../plan/plan.ts';
import { availabilityRows } from './health-rows.ts';
import { resolvedOf } from './resolved.ts';
import { ofStep, type Source } from './source.ts';

/** What a rollback undid, and how. */
export type RollbackLog = ReturnType<typeof buildRollback>;
export type CompensationRow = ReturnType<typeof compensationRow>;

type Undoable = Pick<OutstandingCompensation, 'step' | 'undo'>;

export function buildRollback(source: Source) {
  const { journal, ended, state } = source;
  const undoable = undoables(source);
  const started = lastOf(journal, 'rollback-started');
  const completed = lastOf(journal, 'rollback-completed');
  const begun = new Set(
    journal.flatMap((e) => (e.type === 'compensation-started' || e.type === 'compensation-completed' ? [e.step] : [])),
  );
  const notRun = (completed?.notRun ?? []).filter((step) => !begun.has(step));
  // What was terminated after its first change never came to its rollback: that does not make it needless.
  const isNeeded = started !== null || begun.size > 0 || (ended?.outcome === 'needs-intervention' && state.hasChanged);
  return {
    startedAt: started?.at ?? null,
    cause: started ? describeCause(started.cause) : null,
    rows: [...begun, ...notRun].map((step) => compensationRow(source, undoable, step)),
    result: completed?.result ?? null,
    summary: completed?.summary ?? null,
    endedAt: completed?.at ?? null,
    /** Whether anything had to be undone. */
    need: isNeeded ? ('yes' as const) : ended ? ('no' as const) : ('not-yet' as const),
    /** How the plan would have undone each step, the last one first. */
    backOut: undoable.map(({ step, undo }) => {
      return { step, undo: undo.kind, how: describeUndo(undo, bindingsOfUndo(source)) };
    }),
    timing: timing(source),
  };
}

/** What can be undone, in the order of a rollback: of a repair, what the earlier deployment left outstanding. */
const undoables = ({ plan }: Source): readonly Undoable[] => plan.repair?.outstanding ?? allCompensations(plan);

/** What the references of an undo mean: of a repair, what they meant in the earlier deployment. */
export const bindingsOfUndo = ({ plan, state }: Source) => state.bindings ?? plan.repair?.bindings ?? null;

function compensationRow(source: Source, undoable: readonly Undoable[], step: string) {
  const { plan, journal, state } = source;
  const undo = undoable.find((candidate) => candidate.step === step)?.undo;
  const completed = lastOf(journal, 'compensation-completed', ofStep(step));
  const starts = entriesOf(journal, 'compensation-started').filter(ofStep(step));
  const acted = completed && completed.result !== 'nothing';
  return {
    step,
    number: plan.steps.findIndex(({ id }) => id === step) + 1,
    what: undo ? describeUndo(undo, bindingsOfUndo(source)) : 'unknown to the plan',
    /** Null where the plan does not say. */
    undo: undo?.kind ?? null,
    resolved: undo?.kind === 'action' ? resolvedOf(state.bindings, undo.action, starts) : null,
    result: completed?.result ?? (starts.length > 0 ? ('not-answered' as const) : ('not-run' as const)),
    readBack: completed?.readBack ?? '',
    summary: completed?.summary ?? '',
    startedAt: acted ? completed.startedAt : (starts[0]?.at ?? null),
    tookMs: acted ? msBetween(completed.startedAt, completed.endedAt) : null,
    attempts: new Set(starts.map(({ attempt }) => attempt)).size,
  };
}

/** How fast it was, from what workers measured; the request of an abort is on the workflow's clock. */
function timing(source: Source) {
  const { journal } = source;
  const started = lastOf(journal, 'rollback-started');
  if (!started) return [];
  const acted = entriesOf(journal, 'compensation-completed').filter(({ result }) => result !== 'nothing');
  const [first] = acted.map(({ startedAt }) => startedAt).sort();
  const breach = lastOf(journal, 'health-breached')?.measuredAt;
  const abort = lastOf(journal, 'abort-requested')?.at;
  const isOnPurpose = started.cause.kind === 'rehearsal';
  const since = isOnPurpose ? started.at : (breach ?? abort);
  const name = isOnPurpose ? 'rehearsal' : breach === undefined ? 'abort' : 'verdict';
  const fronts = availabilityRows(source);
  const [firstBad] = fronts.flatMap(({ firstBadAt }) => firstBadAt ?? []).sort();
  const bad = fronts.flatMap(({ lastBadAt }) => lastBadAt ?? []);
  const lastBad = bad.toSorted().at(-1);
  const back = lastOf(journal, 'check-completed', (entry) => entry.for === 'rollback' && entry.verdict === 'passed');
  const isBack = lastOf(journal, 'rollback-completed')?.result === 'verified';
  const spans = [
    { what: `${name} → first compensation`, from: since, to: first },
    { what: `${name} → last bad answer`, from: since, to: lastBad },
    { what: 'first bad answer → last bad answer', from: firstBad, to: lastBad },
    {
      what: `${firstBad === undefined ? name : 'first bad answer'} → previous release read back`,
      from: firstBad ?? since,
      to: isBack ? back?.endedAt : null,
    },
  ];
  return spans.flatMap(({ what, from, to }) => (from && to ? [{ what, ms: msBetween(from, to) }] : []));
}
