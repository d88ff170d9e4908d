import { evaluateAt } from '../../domain/gates/evaluate.ts';
import type { Found, Moment } from '../../domain/gates/gate.ts';
import type { MainScope } from './main-scope.ts';

/** Evaluates the gates of this moment, journals each, and answers what is wrong with those that did not pass. */
export function journalGates<At extends Moment>(
  run: Pick<MainScope, 'plan' | 'append'>,
  moment: At,
  found: Found[At],
): readonly string[] {
  const { entries, faults } = evaluateAt(run.plan, moment, found);
  for (const entry of entries) run.append(entry);
  return faults;
}
