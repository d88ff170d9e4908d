import { describeAction } from '../kinds/describe.ts';
import { type Bindings, bindingsLookup } from './bindings.ts';
import { isActing, type OutstandingCompensation, type Plan, type PlannedStep, type PlannedUndo } from './plan.ts';
import { fillAll } from './references.ts';
import { settleMsOf } from './settling-time.ts';

/** How a step is undone, once it has been started; nothing for one that changes nothing. */
export function compensationsOf(step: PlannedStep): readonly OutstandingCompensation[] {
  if (!isActing(step)) return [];
  const { id, title, undo } = step;
  const [done, settleMs] = step.kind === 'action' ? [step.done, settleMsOf(step)] : [null, 0];
  return [{ step: id, title, undo, done, settleMs }];
}

/** What is outstanding of a deployment that has begun every step, in the order in which it runs. */
export function allCompensations({ steps }: Pick<Plan, 'steps'>): readonly OutstandingCompensation[] {
  return steps.toReversed().flatMap(compensationsOf);
}

/** How a step is undone; null for holds and gates, which leave nothing behind. */
export function undoOf(step: PlannedStep | undefined): PlannedUndo | null {
  return isActing(step) ? step.undo : null;
}

/** One undo in one line, with the values that it would run with, where they are bound. */
export function describeUndo(undo: PlannedUndo, bindings: Bindings | null): string {
  switch (undo.kind) {
    case 'action': {
      const { kind, spec } = undo.action;
      return describeAction(kind, bindings ? fillAll(spec, bindingsLookup(bindings)) : spec);
    }
    case 'none':
      return `nothing to undo: ${undo.reason}`;
    case 'irreversible':
      return `cannot be undone: ${undo.reason}`;
  }
}
