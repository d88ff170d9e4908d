import { describeCause } from '../deployment/status.ts';
import { type Entry, entriesOf } from '../journal/entries.ts';
import { lastOf, msBetween } from '../journal/read.ts';
import { describeAction } from '../kinds/describe.ts';
import type { PlannedUndo } from '../plan/plan.ts';
import { availabilityRows } from './health.ts';
import { type Resolved, resolvedOf } from './resolved.ts';
import { boundSpec, type Source } from './source.ts';

export interface CompensationRow {
  readonly step: string;
  readonly number: number;
  readonly what: string;
  /** Null where the plan does not say, or there is nothing to carry out. */
  readonly undo: PlannedUndo['kind'] | null;
  readonly resolved: Resolved | null;
  readonly result: Entry<'compensation-completed'>['result'] | 'not-answered' | 'not-run';
  readonly readBack: string;
  readonly summary: string;
  readonly startedAt: string | null;
  readonly tookMs: number | null;
  readonly attempts: number;
}
export interface RollbackLog {
  readonly startedAt: string | null;
  readonly cause: string | null;
  readonly rows: readonly CompensationRow[];
  readonly result: Entry<'rollback-completed'>['result'] | null;
  readonly summary: string | null;
  readonly endedAt: string | null;
  /** Whether anything had to be undone. */
  readonly need: 'yes' | 'no' | 'not-yet';
  /** How the plan would have undone each step, the last one first. */
  readonly backOut: readonly { readonly step: string; readonly undo: PlannedUndo['kind']; readonly how: string }[];
  readonly timing: readonly { readonly what: string; readonly ms: number }[];
}

interface Undoable {
  readonly step: string;
  readonly undo: PlannedUndo;
}

export function buildRollback(source: Source): RollbackLog {
  const { journal, ended, state } = source;
  const undoable = undoables(source);
  const started = lastOf(journal, 'rollback-started');
  const completed = lastOf(journal, 'rollback-completed');
  const begun = new Set(
    journal.flatMap((entry) =>
      entry.type === 'compensation-started' || entry.type === 'compensation-completed' ? [entry.step] : [],
    ),
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
    need: isNeeded ? 'yes' : ended ? 'no' : 'not-yet',
    backOut: undoable.map(({ step, undo }) => ({ step, undo: undo.kind, how: describeUndo(source, undo) })),
    timing: timing(source),
  };
}

/** What can be undone, in the order a rollback takes: of a repair, what the earlier deployment still owes. */
function undoables({ plan }: Source): readonly Undoable[] {
  if (plan.repair) return plan.repair.outstanding.map(({ step, undo }) => ({ step, undo }));
  return plan.steps
    .flatMap((step) => (step.kind === 'action' || step.kind === 'manual' ? [{ step: step.id, undo: step.undo }] : []))
    .reverse();
}

/** One undo in one line, with what the lock bound filled in. */
export function describeUndo({ plan, state }: Pick<Source, 'plan' | 'state'>, undo: PlannedUndo): string {
  const bindings = state.bindings ?? plan.repair?.bindings ?? null;
  switch (undo.kind) {
    case 'action':
      return describeAction(undo.action.kind, boundSpec({ bindings }, undo.action.spec));
    case 'none':
      return `nothing to undo: ${undo.reason}`;
    case 'irreversible':
      return `cannot be undone: ${undo.reason}`;
  }
}

function compensationRow(source: Source, undoable: readonly Undoable[], step: string): CompensationRow {
  const { plan, journal, state } = source;
  const undo = undoable.find((candidate) => candidate.step === step)?.undo;
  const completed = lastOf(journal, 'compensation-completed', (entry) => entry.step === step);
  const starts = entriesOf(journal, 'compensation-started').filter((entry) => entry.step === step);
  const acted = completed && completed.result !== 'nothing';
  return {
    step,
    number: plan.steps.findIndex(({ id }) => id === step) + 1,
    what: undo ? describeUndo(source, undo) : 'unknown to the plan',
    undo: undo?.kind ?? null,
    resolved: undo?.kind === 'action' ? resolvedOf(state.bindings, undo.action, starts) : null,
    result: completed?.result ?? (starts.length > 0 ? 'not-answered' : 'not-run'),
    readBack: completed?.readBack ?? '',
    summary: completed?.summary ?? '',
    startedAt: acted ? completed.startedAt : (starts[0]?.at ?? null),
    tookMs: acted ? msBetween(completed.startedAt, completed.endedAt) : null,
    attempts: new Set(starts.map(({ attempt }) => attempt)).size,
  };
}

/** How fast it was, from what workers measured; the request of an abort is on the workflow's clock. */
function timing(source: Source): RollbackLog['timing'] {
  const { journal } = source;
  const acted = entriesOf(journal, 'compensation-completed').filter(({ result }) => result !== 'nothing');
  const [first] = acted.map(({ startedAt }) => startedAt).sort();
  const breach = lastOf(journal, 'health-breached')?.measuredAt;
  const abort = lastOf(journal, 'abort-requested')?.at;
  const started = lastOf(journal, 'rollback-started');
  const isOnPurpose = started?.cause.kind === 'rehearsal';
  const since = isOnPurpose ? started.at : (breach ?? abort);
  const name = isOnPurpose ? 'rehearsal' : breach === undefined ? 'abort' : 'verdict';
  const fronts = availabilityRows(source);
  const [firstBad] = fronts.flatMap(({ firstBadAt }) => firstBadAt ?? []).sort();
  const lastBad = fronts
    .flatMap(({ lastBadAt }) => lastBadAt ?? [])
    .sort()
    .at(-1);
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
  if (!started) return [];
  return spans.flatMap(({ what, from, to }) => (from && to ? [{ what, ms: msBetween(from, to) }] : []));
}
