import { Context } from '@temporalio/activity';
import { digestOfJson } from '../../domain/base/canonical-json.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { removedSince } from '../../domain/deployment/approvals.ts';
import { allMissed } from '../../domain/deployment/notification.ts';
import type { EvidenceRules } from '../../domain/evidence/weigh.ts';
import { evaluateAt } from '../../domain/gates/evaluate.ts';
import { stageResult } from '../../domain/gates/gate.ts';
import { evaluatePlanStages } from '../../domain/gates/plan-stages.ts';
import type { Delivery, NotifyInput } from '../../domain/kinds/notification.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { standingFault } from '../../domain/plan/standing.ts';
import { isWaived } from '../../domain/plan/waivers.ts';
import { policyChange } from '../../domain/planning/policy-change.ts';
import { type Policy, rulesFor } from '../../domain/policy/policy.ts';
import { mayVouchFor } from '../../domain/policy/roles.ts';
import type { Signer } from '../../domain/policy/signers.ts';
import type { Activities } from '../../domain/ports/activities.ts';
import type { EvaluateGatesInput, GateFindings } from '../../domain/ports/gates.ts';
import type { ObserveInput, ObserveResult } from '../../domain/ports/observation.ts';
import { evaluateRehearsal } from '../../domain/rehearsal/evaluate.ts';
import type { Grant } from '../../domain/target/result.ts';
import { reviewFault } from '../../domain/target/reviews.ts';
import { verifyNatively } from '../../system/native-signatures.ts';
import { weighInTurns } from '../../system/weigh-in-turns.ts';
import { measureAsPlanned } from '../checks/measure.ts';
import { firstSamples } from '../checks/watch.ts';
import { windowNow } from '../checks/window.ts';
import type { ActivityDeps } from '../deps.ts';
import { isGranted } from '../effects/holding.ts';
import { requireIsolatedPlan } from '../effects/isolation.ts';
import { requireNoRecovery } from '../effects/recovery.ts';
import { throwIfShutDown, whileBeating } from '../engine/heartbeat.ts';
import { requireOwnChecks, requireSealedPlan } from '../trust/seals.ts';

/** Evaluates what only store, policy and clock know: the five stages, the rehearsal, who has been removed since, and the window. */
export function gateActivities(deps: ActivityDeps): Pick<Activities, 'evaluateGates'> {
  return { evaluateGates: (input) => whileBeating((signal) => evaluateGates(deps, input, signal)) };
}

async function evaluateGates(
  deps: ActivityDeps,
  { runIdentity, plan, planDigest, seals, observe, notify, ask, grant, watched = [] }: EvaluateGatesInput,
  signal: AbortSignal,
): Promise<GateFindings> {
  const { store, policy, now, attestationKey } = deps;
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
  const [observed, watch, deliveries] = await Promise.all([
    look(deps, observe, signal),
    firstSamples(deps, Context.current().info.workflowExecution, watched, signal),
    tell(deps, notify),
  ]);
  throwIfShutDown(signal);
  // Only then: checks may take minutes, and what came meanwhile counts, such as a freeze.
  const [rows, refused, rehearsals, window] = await Promise.all([
    store.evidenceOf(plan.artifact.digest),
    store.refusedEvidenceOf(plan.artifact.digest),
    rehearsalsFor(store, plan),
    windowNow(deps, { ...plan, windows: plan.policy.windows }),
  ]);
  const [known, held] = await Promise.all([policy.read(), holding(deps, plan, runIdentity.deployment, grant)]);
  const rules: EvidenceRules = {
    signers: signersLeft(plan, known.policy),
    mayVouch: (submittedBy) => mayVouchFor(known.policy, submittedBy, plan.service),
  };
  const weigh = await weighInTurns(rows, rules);
  const stages = evaluatePlanStages(plan, rows, now(), { ...rules, refused, weigh });
  const found: Omit<GateFindings, 'asked'> = {
    stages: stages.map(stageResult),
    rehearsal: evaluateRehearsal(plan, rehearsals, now(), attestationKey ? [attestationKey] : [], verifyNatively),
    removed: removedSince(plan, known.policy),
    standing: standingFault(plan, known.policy, now()),
    policy: policyChange(plan, known, now()),
    observed,
    watch,
    deliveries,
    window,
    ...held,
  };
  const isSound =
    observe !== null && evaluateAt(plan, 'request', { ...found, bindings: observe.bindings }).faults.length === 0;
  // One that was ended meanwhile wants no approval any more.
  return { ...found, asked: ask && isSound && !signal.aborted ? await tell(deps, ask) : null };
}

/** Whether the target says the same of the grant, and whether a review keeps the change away. */
async function holding(
  { store, targets }: ActivityDeps,
  plan: Plan,
  deployment: string,
  grant: Grant | null,
): Promise<Pick<GateFindings, 'isGranted' | 'overdue'>> {
  if (!grant) return { isGranted: true, overdue: null };
  // Whoever minds windows finds them frozen meanwhile, and gives the lock back; asked again until then.
  if (isWaived(plan, 'window')) await requireNoRecovery(store);
  const saved = await store.target(plan.service, plan.environment);
  const overdue = saved && reviewFault(saved, plan);
  return { isGranted: await isGranted({ targets }, saved, plan, deployment, grant), overdue: overdue?.why ?? null };
}

/** What the store knows of the rehearsals that a plan's policy asks for. */
function rehearsalsFor(store: ActivityDeps['store'], { service, procedure, policy: { rehearsal } }: Plan) {
  if (!rehearsal) return [];
  return store.rehearsalsOf({ service, environment: rehearsal.environment, procedureDigest: procedure.digest });
}

async function look(deps: ActivityDeps, asked: ObserveInput | null, signal: AbortSignal): Promise<ObserveResult> {
  const results = asked ? await measureAsPlanned(deps, asked, signal) : [];
  return { results, watch: null, worker: deps.worker };
}

/** A notifier that throws has told nobody; whether that matters, the gate says. */
async function tell({ notify }: ActivityDeps, asked: NotifyInput | null): Promise<readonly Delivery[]> {
  if (!asked) return [];
  return notify(asked).catch((error: unknown) =>
    allMissed(asked, error instanceof Error ? error.message : String(error)),
  );
}

/** The plan's signers, without those whose key has been taken out of the policy since. */
function signersLeft({ policy, environment }: Plan, { environments }: Policy): readonly Signer[] | null {
  const { signers } = policy.evidence;
  if (signers === null) return null;
  const rules = rulesFor({ environments }, { environment });
  const known = new Set(rules?.evidence.signers?.map(({ keyId }) => keyId));
  return signers.filter(({ keyId }) => known.has(keyId));
}
