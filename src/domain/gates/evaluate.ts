import type { Entry, EntryOf, JournalEntry } from '../journal/entries.ts';
import { lastOf } from '../journal/read.ts';
import type { Plan } from '../plan/plan.ts';
import { isWaived } from '../plan/waivers.ts';
import type { Evaluated, Found, Gate, Moment } from './gate.ts';
import { type GateName, gates } from './index.ts';

/** What the journal calls the moments at which gates are evaluated. */
const inJournal = {
  request: 'verifying',
  readiness: 'verifying',
  approval: 'approval',
  window: 'window',
  lock: 'grant',
  grant: 'grant',
  breach: 'grant',
} as const satisfies Record<Moment, EntryOf<'gate-evaluated'>['moment']>;

/** Evaluates every gate that has this moment, in the order of the record. */
export function evaluateAt<At extends Moment>(plan: Plan, moment: At, found: Found[At]) {
  const evaluated = gates.flatMap((gate) => {
    const one = evaluatedOf(gate, plan, moment, found);
    if (one === null) return [];
    const { why = null, ...said } = one;
    const entry: EntryOf<'gate-evaluated'> = {
      type: 'gate-evaluated',
      gate: gate.name,
      moment: inJournal[moment],
      ...said,
    };
    return [{ entry, why }];
  });
  return {
    entries: evaluated.map(({ entry }) => entry),
    /** What is wrong with those that did not pass. */
    faults: evaluated.flatMap(({ why }) => (why === null ? [] : [why])),
  };
}

function evaluatedOf<At extends Moment>(gate: Gate, plan: Plan, moment: At, found: Found[At]): Evaluated | null {
  const evaluate = gate.evaluate[moment];
  if (!evaluate) return null;
  const absence = gate.absence(plan, found);
  if (absence === null) return evaluate(plan, found);
  const isFirst = Object.keys(gate.evaluate)[0] === moment;
  return isFirst ? { required: 'nothing', found: absence, verdict: 'not-required' } : null;
}

/** The gates that must have passed before anything is changed. A repair undoes, so nothing holds it back. */
export function requiredGates(plan: Plan): readonly GateName[] {
  return plan.repair ? [] : gates.filter((gate) => gate.absence(plan) === null).map(({ name }) => name);
}

/** How a gate was evaluated the last time it was. */
export function lastEvaluation(journal: readonly JournalEntry[], name: string): Entry<'gate-evaluated'> | null {
  return lastOf(journal, 'gate-evaluated', ({ gate }) => gate === name);
}

/** Whether a gate that was journaled as waived may count: a stage and a rehearsal only for their age. */
export function isRightlyWaived(plan: Plan, { gate, verdict, fault }: EntryOf<'gate-evaluated'>): boolean {
  const what = gates.find(({ name }) => name === gate)?.waivedBy ?? null;
  if (verdict !== 'waived' || what === null || !isWaived(plan, what)) return false;
  return (what !== 'evidence-age' && what !== 'rehearsal-age') || fault === 'too-old';
}
