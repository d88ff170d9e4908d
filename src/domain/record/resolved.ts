import { canonicalJson } from '../base/canonical-json.ts';
import { type Entry, entriesOf } from '../journal/entries.ts';
import { fitEntry } from '../journal/fit-entry.ts';
import { lastOf, msBetween } from '../journal/read.ts';
import { type Bindings, bindingsLookup } from '../plan/bindings.ts';
import type { PlannedAction, PlannedStep } from '../plan/plan.ts';
import { fillAll } from '../plan/references.ts';
import { ofStep, type Source } from './source.ts';

/** An action as it was journaled right before its last attempt. */
export type Resolved = NonNullable<ReturnType<typeof resolvedOf>>;

type Start = Entry<'step-started'> | Entry<'compensation-started'>;

/** Null where no attempt began, or where what it was about to run was not journaled. */
export function resolvedOf(bindings: Bindings | null, { kind, spec }: PlannedAction, starts: readonly Start[]) {
  const last = starts.at(-1);
  if (!last?.resolved) return null;
  /** Plan and bindings give just this, for every attempt. */
  const asPlanned = starts.every(({ type, step, attempt, resolved }) => {
    if (!bindings || !resolved) return false;
    // The journal cuts texts that are too long for an entry: the same cut of the same bytes is the same.
    const expected = fitEntry({ type, step, attempt, resolved: fillAll(spec, bindingsLookup(bindings)) });
    return canonicalJson(resolved) === canonicalJson(expected.resolved);
  });
  // Argv, environment, URL, headers and body, whole; secrets as references.
  return { attempt: last.attempt, kind, spec: last.resolved, asPlanned };
}

/** Whether a step passed, and what was carried out is what the plan says: the same bytes, the whole time. */
export function isAsPlanned({ journal, state }: Pick<Source, 'journal' | 'state'>, step: PlannedStep): boolean {
  const starts = entriesOf(journal, 'step-started').filter(ofStep(step.id));
  const completed = lastOf(journal, 'step-completed', ofStep(step.id));
  if (!starts[0] || completed?.result !== 'passed') return false;
  switch (step.kind) {
    case 'action':
      return resolvedOf(state.bindings, step.do, starts)?.asPlanned ?? false;
    case 'hold':
      return msBetween(starts[0].at, completed.at) >= step.durationMs;
    case 'gate':
    case 'manual':
      return true;
  }
}
