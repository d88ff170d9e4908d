import { validationGroups } from '../base/validation-groups.ts';
import { undoOf } from '../plan/compensations.ts';
import type { Source } from './source.ts';

/** Everything for which the procedure says `none`: listed, never taken as passed. */
export function notCovered({ plan }: Pick<Source, 'plan'>) {
  const groups = validationGroups.flatMap((group) => {
    const planned = plan.validation[group];
    return planned.kind === 'none' ? [{ what: `${group} validation`, reason: planned.reason }] : [];
  });
  const steps = plan.steps.flatMap((step) => {
    const undo = undoOf(step);
    return [
      ...(step.kind === 'action' && step.verify.kind === 'none'
        ? [{ what: `verification of step ${step.id}`, reason: step.verify.reason }]
        : []),
      ...(undo && undo.kind !== 'action' ? [{ what: `undo of step ${step.id}`, reason: undo.reason }] : []),
    ];
  });
  return [...groups, ...steps];
}
