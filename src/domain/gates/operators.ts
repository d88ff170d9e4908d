import type { Plan } from '../plan/plan.ts';
import { fillable } from '../policy/quorum.ts';
import type { CouldGive } from './gate.ts';

/** Those who look after the environment, without those who are excluded (by subject). */
export function operatorsOf({ policy }: Plan, excluded: ReadonlySet<string>): readonly CouldGive[] {
  const operators = policy.operators.map((role) => ({ role, minimum: 1 }));
  return fillable(operators, policy.people, excluded).flatMap(({ role, who }) =>
    who.map(({ subject, name }) => ({ subject, name, role })),
  );
}
