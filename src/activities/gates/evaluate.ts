import { Context } from '@temporalio/activity';
import { digestOfJson } from '../../domain/base/canonical-json.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { evaluateAt } from '../../domain/gates/evaluate.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { isWaived } from '../../domain/plan/waivers.ts';
import type { EvaluateGatesInput, GateFindings } from '../../domain/ports/gates.ts';
import type { ObserveInput } from '../../domain/ports/observation.ts';
import type { Grant } from '../../domain/target/result.ts';
import { reviewFault } from '../../domain/target/reviews.ts';
import { firstSamples } from '../checks/ask-monitor.ts';
import { measureAsPlanned } from '../checks/measure.ts';
import { windowNow } from '../checks/window.ts';
import type { ActivityDeps } from '../deps.ts';
import { isGranted } from '../effects/holding.ts';
import { requireIsolatedPlan } from '../effects/isolation.ts';
import { requireNoRecovery } from '../effects/store-in-recovery.ts';
import { throwIfShutDown, whileBeating } from '../engine/heartbeat.ts';
import { requireOwnChecks, requireSealedPlan } from '../trust/seals.ts';
import { evaluateProof } from './proof.ts';

/** Finds what gates are evaluated by, all of it in one activity: each more would cost a deployment its time and three events. */
export function evaluateGates(deps: ActivityDeps, input: EvaluateGatesInput): Promise<GateFindings> {
  return whileBeating((signal) => evaluate(deps, input, signal));
}

async function evaluate(
  deps: ActivityDeps,
  { observe, notify, ask, grant, watched = [], ...of }: EvaluateGatesInput,
  signal: AbortSignal,
): Promise<GateFindings> {
  const { plan, runIdentity } = of;
  await acceptPlan(deps, of, observe);
  const [results, watch, deliveries] = await Promise.all([
    observe ? measureAsPlanned(deps, observe, signal) : [],
    firstSamples(deps, Context.current().info.workflowExecution, watched, signal),
    notify ? deps.notify(notify) : [],
  ]);
  throwIfShutDown(signal);
  // Only then: checks may take minutes, and what came meanwhile counts, such as a freeze.
  const [proven, window, granted] = await Promise.all([
    evaluateProof(deps, plan),
    windowNow(deps, { ...plan, windows: plan.policy.windows }),
    evaluateGrant(deps, plan, runIdentity.deployment, grant),
  ]);
  const observed = { results, watch: null, worker: deps.worker };
  const found = { ...proven, ...granted, window, observed, watch, deliveries };
  const isSound =
    observe !== null && evaluateAt(plan, 'request', { ...found, bindings: observe.bindings }).faults.length === 0;
  // One that was ended meanwhile wants no approval any more.
  return { ...found, asked: ask && isSound && !signal.aborted ? await deps.notify(ask) : null };
}

/** The plan that the run speaks of is one that the API has frozen, and is in the store from now on. */
async function acceptPlan(
  deps: ActivityDeps,
  { plan, planDigest, seals, runIdentity }: Pick<EvaluateGatesInput, 'plan' | 'planDigest' | 'seals' | 'runIdentity'>,
  observe: ObserveInput | null,
): Promise<void> {
  const { store } = deps;
  // The workflow may have been started by hand: approvals bind to this digest, so it must be the plan's own.
  if (digestOfJson(plan) !== planDigest)
    throw new GantryError('plan-changed', `The plan does not have the digest ${planDigest}.`);
  await requireSealedPlan(deps, { plan, planDigest, seals }, runIdentity).catch(async (error: unknown) => {
    await store.savePlan(planDigest, plan, null); // for the record, which shows what was tried
    throw error;
  });
  if (observe) requireOwnChecks(plan, observe);
  await requireIsolatedPlan(deps, plan);
  await store.savePlan(planDigest, plan, seals);
}

/** Whether the target confirms the grant, and whether a review keeps the change away. */
async function evaluateGrant(
  { store, targets }: ActivityDeps,
  plan: Plan,
  deployment: string,
  grant: Grant | null,
): Promise<Pick<GateFindings, 'isGranted' | 'overdue'>> {
  if (!grant) return { isGranted: true, overdue: null };
  // A deployment that waits for windows finds them frozen meanwhile, and gives the lock back; asked again until then.
  if (isWaived(plan, 'window')) await requireNoRecovery(store);
  const saved = await store.target(plan.service, plan.environment);
  const overdue = saved && reviewFault(saved, plan);
  return { isGranted: await isGranted({ targets }, saved, plan, deployment, grant), overdue: overdue?.why ?? null };
}
