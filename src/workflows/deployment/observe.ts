import { isCancellation } from '@temporalio/workflow';
import type { WatchedHealth } from '../../domain/health/watched.ts';
import type { PlannedCheck } from '../../domain/kinds/adapter.ts';
import type { ActionStep } from '../../domain/plan/plan.ts';
import { partName } from '../../domain/plan/seals.ts';
import type { ObserveResult } from '../../domain/ports/observation.ts';
import { partSealOf } from '../../domain/trust/seal.ts';
import { observe } from '../engine/activity-options.ts';
import { codeOf } from '../engine/stopped.ts';
import type { DeploymentRun } from './run.ts';

/** Looking changes nothing, so a look whose worker was lost is taken again, this many times. */
const looks = 3;

interface Look {
  readonly taskQueue: string;
  /** The part of the plan that the checks are; a step where they are its own. */
  readonly of: ActionStep | string;
  /** One sample each, whatever the checks' own sampling says. */
  readonly once?: boolean;
  /** Those that passed must go on passing for so long, in milliseconds. */
  readonly holdMs?: number;
  /** The one check reads an effect back; "not done" is believed after so long, in milliseconds. */
  readonly settleMs?: number;
  /** Health checks whose monitor is asked afterwards. */
  readonly watched?: readonly WatchedHealth[];
}

/** Measures checks side by side; the results stand in the order of the checks. */
export async function look(
  run: DeploymentRun,
  summary: string,
  checks: readonly PlannedCheck[],
  { taskQueue, of, once = false, ...how }: Look,
): Promise<ObserveResult> {
  if (checks.length === 0 && !how.watched) return { results: [], watch: null, worker: '' };
  const { runIdentity, workplace, bindings } = run;
  const step = typeof of === 'string' ? null : of;
  const seal = partSealOf(run.seals, typeof of === 'string' ? of : partName.step(of.id));
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await observe(summary, checks, taskQueue, {
        runIdentity,
        workplace,
        checks,
        seal,
        step,
        bindings,
        once,
        ...how,
        storePatienceMs: run.plan.policy.limits.store,
      });
    } catch (error) {
      const code = codeOf(error);
      const isFinal = isCancellation(error) || (code !== undefined && code !== 'lost-attempt');
      if (isFinal || attempt === looks) throw error;
      run.deviation('check-repeated', 'minor', `${summary}: the worker was lost, looked again`);
    }
  }
}
