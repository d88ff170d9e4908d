import { isCancellation } from '@temporalio/workflow';
import type { EntryOf } from '../../domain/journal/entries.ts';
import type { CheckResult } from '../../domain/journal/values.ts';
import type { PlannedCheck } from '../../domain/kinds/adapter.ts';
import type { ActionStep } from '../../domain/plan/plan.ts';
import { partName } from '../../domain/plan/seals.ts';
import type { ObserveInput, ObserveResult } from '../../domain/ports/observation.ts';
import { observe } from '../engine/bounds-by-plan.ts';
import { codeOf } from '../engine/failures.ts';
import type { DeploymentRun } from './run.ts';

/** Checks change nothing, so those whose worker was lost are repeated, up to this many attempts. */
const attempts = 3;

interface Measuring extends Pick<ObserveInput, 'holdMs' | 'settleMs' | 'watched'> {
  readonly taskQueue: string;
  /** The part of the plan that the checks are; a step where they are its own. */
  readonly of: ActionStep | string;
  readonly once?: boolean;
}

/** Checks as an activity gets them that has the plan whole: without a seal of their own. `once`: one sample each. */
export function checksOfPlan(run: DeploymentRun, checks: readonly PlannedCheck[], once: boolean): ObserveInput {
  const { runIdentity, workplace, bindings } = run;
  return { runIdentity, workplace, checks, seal: null, step: null, bindings, once };
}

/** Measures checks side by side; the results stand in the order of the checks. */
export async function measure(
  run: DeploymentRun,
  summary: string,
  checks: readonly PlannedCheck[],
  { taskQueue, of, once = false, ...how }: Measuring,
): Promise<ObserveResult> {
  if (checks.length === 0 && !how.watched) return { results: [], watch: null, worker: '' };
  const [part, step] = typeof of === 'string' ? [of, null] : [partName.step(of.id), of];
  const input = { ...run.sealed(part), checks, step, once, ...how, storePatienceMs: run.plan.policy.limits.store };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await observe(summary, taskQueue, input);
    } catch (error) {
      const code = codeOf(error);
      const isFinal = isCancellation(error) || (code !== undefined && code !== 'lost-attempt');
      if (isFinal || attempt === attempts) throw error;
      run.deviation('check-repeated', 'minor', `${summary}: the worker was lost, looked again`);
    }
  }
}

/** Journals what checks found and answers those that passed. */
export function journalChecks(
  run: DeploymentRun,
  { results }: ObserveResult,
  purpose: Pick<EntryOf<'check-completed'>, 'for' | 'step' | 'group'>,
): readonly CheckResult[] {
  for (const result of results) run.append({ type: 'check-completed', ...purpose, ...result });
  return results.filter(({ verdict }) => verdict === 'passed');
}
