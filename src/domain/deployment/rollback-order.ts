import { entriesOf, type JournalEntry } from '../journal/entries.ts';
import { compensationsOf } from '../plan/compensations.ts';
import {
  type ActionStep,
  isActing,
  type ManualStep,
  type OutstandingCompensation,
  type Plan,
  stepOf,
} from '../plan/plan.ts';
import { mayHaveActed, unsureSteps } from './attempt-ends.ts';
import { type DeploymentState, stateOf } from './state.ts';

/** Steps that may have had an effect and were not undone, the last one first: what a rollback runs. */
export function outstandingSteps(plan: Plan, state: DeploymentState): readonly (ActionStep | ManualStep)[] {
  if (state.confirmed) return [];
  return plan.steps
    .filter(isActing)
    .filter(({ id }) => mayHaveActed(state.attempts, id) && !state.compensated.includes(id))
    .reverse();
}

/**
 * What a deployment, or a repair that failed in its turn, has not undone yet, in the order it is to be undone. `state`: that
 * of the journal.
 */
export function outstandingCompensations(
  plan: Plan,
  journal: readonly JournalEntry[],
  state = stateOf(plan, journal),
): readonly OutstandingCompensation[] {
  if (plan.repair) {
    const undone = entriesOf(journal, 'compensation-completed').filter(({ result }) => result !== 'failed');
    return plan.repair.outstanding.filter(({ step }) => !undone.some((one) => one.step === step));
  }
  return outstandingSteps(plan, state).flatMap(compensationsOf);
}

/** The first of them that cannot be undone: then none is, and all stays as it is. Undefined where there is none such. */
export function frozenBy(outstanding: readonly OutstandingCompensation[]): OutstandingCompensation | undefined {
  return outstanding.find(({ undo }) => undo.kind === 'irreversible');
}

/**
 * Steps with an attempt of unknown end, later than `since` (milliseconds since the epoch): their effects may still come,
 * whatever is read back now.
 */
export function unsureOf(
  plan: Plan,
  { attempts }: Pick<DeploymentState, 'attempts'>,
  since?: number,
): readonly string[] {
  if (plan.repair) return plan.repair.unsure;
  return unsureSteps(attempts, since).filter((id) => stepOf(plan, id)?.kind === 'action');
}
