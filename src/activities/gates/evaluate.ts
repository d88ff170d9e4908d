import { Context } from '@temporalio/activity';
import { digestOfJson } from '../../domain/base/canonical-json.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { evaluateAt } from '../../domain/gates/evaluate.ts';
import type { Activities } from '../../domain/ports/activities.ts';
import type { EvaluateGatesInput, GateFindings } from '../../domain/ports/gates.ts';
import type { ObserveInput, ObserveResult } from '../../domain/ports/observation.ts';
import { measureAsPlanned } from '../checks/measure.ts';
import { firstSamples } from '../checks/watch.ts';
import { windowNow } from '../checks/window.ts';
import type { ActivityDeps } from '../deps.ts';
import { requireIsolatedPlan } from '../effects/isolation.ts';
import { throwIfShutDown, whileBeating } from '../engine/heartbeat.ts';
import { requireOwnChecks, requireSealedPlan } from '../trust/seals.ts';
import { evaluateGrant } from './grant.ts';
import { notifyOnce } from './notify.ts';
import { evaluateProof } from './proof.ts';

/** Finds what gates are evaluated by, all of it in one activity: each more would cost a deployment its time and three events. */
export function gateActivities(deps: ActivityDeps): Pick<Activities, 'evaluateGates'> {
  return { evaluateGates: (input) => whileBeating((signal) => evaluateGates(deps, input, signal)) };
}

async function evaluateGates(
  deps: ActivityDeps,
  { observe, notify, ask, grant, watched = [], ...of }: EvaluateGatesInput,
  signal: AbortSignal,
): Promise<GateFindings> {
  const { plan, runIdentity } = of;
  await acceptPlan(deps, of, observe);
  const [observed, watch, deliveries] = await Promise.all([
    measureOnce(deps, observe, signal),
    firstSamples(deps, Context.current().info.workflowExecution, watched, signal),
    notifyOnce(deps, notify),
  ]);
  throwIfShutDown(signal);
  // Only then: checks may take minutes, and what came meanwhile counts, such as a freeze.
  const [proven, window, granted] = await Promise.all([
    evaluateProof(deps, plan),
    windowNow(deps, { ...plan, windows: plan.policy.windows }),
    evaluateGrant(deps, plan, runIdentity.deployment, grant),
  ]);
  const found = { ...proven, ...granted, window, observed, watch, deliveries };
  const isSound =
    observe !== null && evaluateAt(plan, 'request', { ...found, bindings: observe.bindings }).faults.length === 0;
  // One that was ended meanwhile wants no approval any more.
  return { ...found, asked: ask && isSound && !signal.aborted ? await notifyOnce(deps, ask) : null };
}

/** The plan that the run speaks of is one that the API has frozen, and is in the store from now on. */
async function acceptPlan(
  deps: ActivityDeps,
  { plan, planDigest, seals, runIdentity }: Pick<EvaluateGatesInput, 'plan' | 'planDigest' | 'seals' | 'runIdentity'>,
  observe: ObserveInput | null,
): Promise<void> {
  const { store } = deps;
  // Somebody may have started the workflow by hand: approvals bind to this digest, so it must be the plan's own.
  if (digestOfJson(plan) !== planDigest)
    throw new GantryError('plan-changed', `The plan does not have the digest ${planDigest}.`);
  await requireSealedPlan(deps, { plan, planDigest, seals }, runIdentity).catch(async (error: unknown) => {
    await store.savePlan(planDigest, plan, null); // for the record, which says what was tried
    throw error;
  });
  if (observe) requireOwnChecks(plan, observe);
  await requireIsolatedPlan(deps, plan);
  await store.savePlan(planDigest, plan, seals);
}

async function measureOnce(
  deps: ActivityDeps,
  asked: ObserveInput | null,
  signal: AbortSignal,
): Promise<ObserveResult> {
  const results = asked ? await measureAsPlanned(deps, asked, signal) : [];
  return { results, watch: null, worker: deps.worker };
}
