import { Context } from '@temporalio/activity';
import { digestOfJson } from '../../domain/base/canonical-json.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { isWorkflowOf, parseDeploymentId, targetOfDeployment } from '../../domain/base/ids.ts';
import type { PlannedCheck } from '../../domain/kinds/adapter.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { partName, placeOf, type SealedPlan } from '../../domain/plan/seals.ts';
import type { ObserveInput } from '../../domain/ports/observation.ts';
import type { OfRun, Refused, RunIdentity } from '../../domain/ports/run-identity.ts';
import type { Asking } from '../../domain/ports/temporal.ts';
import { type PartSeal, planSealOf, sealText } from '../../domain/trust/seal.ts';
import { verifyText } from '../../system/native-signatures.ts';
import type { ActivityDeps } from '../deps.ts';
import { alarmed, raiseAlarm } from './alarm.ts';
import { asksForProof, isVouchedFor } from './vouching.ts';

/**
 * Refuses a part of a plan that the API has not sealed, where policy counts only what the API vouches for. What bears a
 * seal bears a true one, whatever policy says. Raises an alarm, since this does not happen by accident.
 */
export async function unsealed(
  deps: ActivityDeps,
  place: Place,
  seal: PartSeal | null,
  part: string,
  value: unknown,
  asking: Asking = whoAsks(),
): Promise<Refused | null> {
  const { deployment, target: said } = place.runIdentity;
  // What is asked for is evaluated by the rules of the deployment's own environment, whatever the caller claims.
  const target = targetOf(deployment);
  const fault =
    strangerFor(deployment, asking) ??
    (target === said ? null : `is asked for on ${said}`) ??
    (seal ? await faultOf(deps, seal, part, value) : await missing(deps, target)) ??
    (seal && (await warrantFault(deps, place.runIdentity, seal.planDigest, asking))) ??
    bindingsFault(place) ??
    (seal && (await placeFault(deps, place, seal)));
  if (fault === null) return null;
  const detail = `${part} of ${deployment} ${fault}.`;
  await raiseAlarm(deps, { target, code: 'unsealed-plan', detail });
  return { kind: 'refused', code: 'unsealed-plan', detail };
}

/** Where a part is to be carried out, and what its references mean there. */
interface Place extends Pick<OfRun, 'workplace' | 'bindings'> {
  readonly runIdentity: Pick<RunIdentity, 'deployment' | 'target' | 'warrant'>;
}

/** The same command in another folder, or for another target, is another command. */
async function placeFault(
  deps: ActivityDeps,
  { runIdentity, workplace: { seal: own, ...where } }: Place,
  seal: PartSeal,
): Promise<string | null> {
  if (own?.planDigest !== seal.planDigest) return 'is not sealed for this place';
  const [service, environment] = targetOf(runIdentity.deployment).split('/');
  return faultOf(deps, own, partName.place, { service, environment, ...where });
}

/** References mean slots of the plan, and what they are filled in with refers to nothing in its turn. */
function bindingsFault({ workplace, bindings }: Pick<Place, 'workplace' | 'bindings'>): string | null {
  const { live, slot, deployment } = bindings;
  const slots = new Set(workplace.slots.map(({ keys }) => digestOfJson(keys)));
  const meant = slot ? [slot.idle, ...(slot.live ? [slot.live] : [])] : [];
  if (!meant.every((keys) => slots.has(digestOfJson(keys)))) return 'means slots that its plan does not have';
  const isPlain = parseDeploymentId(deployment) !== undefined && !JSON.stringify(live).includes('$');
  return isPlain ? null : 'is bound to what is no release and no deployment';
}

/** The checks of an evaluation: the plan's own, where the plan says, for the very deployment. Throws `unsealed-plan`. */
export function requireOwnChecks(plan: Plan, { runIdentity, workplace, bindings, checks }: ObserveInput): void {
  const { service, environment, ...where } = placeOf(plan);
  const { seal: _, ...said } = workplace;
  const fault =
    strangerFor(runIdentity.deployment) ??
    (runIdentity.target === `${service}/${environment}` && targetOf(runIdentity.deployment) === runIdentity.target
      ? null
      : 'is asked for on another target') ??
    (digestOfJson(said) === digestOfJson(where) ? null : 'is not asked for where its plan says') ??
    bindingsFault({ workplace, bindings }) ??
    (areAmong(checks, [...plan.health, ...plan.rollback.verify]) ? null : 'measures what its plan does not');
  if (fault !== null) throw new GantryError('unsealed-plan', `The evaluation of ${runIdentity.deployment} ${fault}.`);
}

const targetOf = (deployment: string) => targetOfDeployment(deployment) ?? 'unknown';

/** The run of a workflow that asks for what is done now. */
export function whoAsks(): Asking {
  const { workflowId = 'nobody', runId = '' } = Context.current().info.workflowExecution ?? {};
  return { workflowId, runId };
}

/** A sealed part is for the deployment that it was sealed for: no other may have it carried out again. */
function strangerFor(deployment: string, { workflowId } = whoAsks()): string | null {
  return isWorkflowOf(deployment, workflowId) ? null : `is asked for by ${workflowId}, which is not that deployment`;
}

/** A plan whole, before anything is measured or sent for it, and for the run that asks. Throws `unsealed-plan`. */
export async function requireSealedPlan(
  deps: ActivityDeps,
  { plan, planDigest, seals }: SealedPlan,
  asking: Pick<RunIdentity, 'deployment' | 'warrant'> | null = null,
): Promise<void> {
  const target = `${plan.service}/${plan.environment}`;
  const seal = seals && planSealOf({ ...seals, planDigest });
  const fault =
    (seal ? await faultOf(deps, seal, 'plan', planDigest) : await missing(deps, target)) ??
    (seal && asking && (await warrantFault(deps, asking, planDigest)));
  if (fault === null) return;
  throw await alarmed(deps, { target, code: 'unsealed-plan', detail: `Plan ${planDigest} ${fault}.` });
}

/** Checks to be measured: a sealed part of a plan, or the read-back and verify checks of a sealed step. Throws `unsealed-plan`. */
export async function requireSealedChecks(
  deps: ActivityDeps,
  { checks, seal, step, ...place }: Place & Pick<ObserveInput, 'checks' | 'seal' | 'step'>,
): Promise<void> {
  const part = step ? partName.step(step.id) : (seal?.part ?? 'checks');
  const sealed = step && areAmong(checks, checksOf(step)) ? step : checks;
  const refused = await unsealed(deps, place, seal, part, sealed);
  if (refused) throw new GantryError(refused.code, refused.detail);
}

/** A seal permits what may be done; the warrant names the run that may do it. */
async function warrantFault(
  deps: ActivityDeps,
  { deployment, warrant }: Pick<RunIdentity, 'deployment' | 'warrant'>,
  planDigest: string,
  { runId } = whoAsks(),
): Promise<string | null> {
  if (!warrant) return 'is asked for by a run that the API has not vouched for';
  const isForThis = warrant.runId === runId && warrant.planDigest === planDigest;
  if (!isForThis) return 'is asked for with the warrant of another run';
  return (await isVouchedFor(deps, deployment, 'warrant', warrant)) ? null : 'is asked for with a forged warrant';
}

function checksOf({ done, verify: verified }: NonNullable<ObserveInput['step']>): readonly PlannedCheck[] {
  return [...(done ? [done] : []), ...(verified.kind === 'checks' ? verified.checks : [])];
}

function areAmong(checks: readonly PlannedCheck[], known: readonly PlannedCheck[]): boolean {
  const digests = new Set(known.map((check) => digestOfJson(check)));
  return checks.every((check) => digests.has(digestOfJson(check)));
}

/** What bears no seal passes only where policy asks for none. */
async function missing(deps: ActivityDeps, target: string): Promise<string | null> {
  return (await asksForProof(deps, target)) ? 'bears no seal' : null;
}

async function faultOf(deps: ActivityDeps, seal: PartSeal, part: string, value: unknown): Promise<string | null> {
  if (seal.part !== part) return `bears the seal of ${seal.part}`;
  const publicKey = await deps.trustedKey(seal.key);
  if (publicKey === null) return `is sealed by ${seal.key}, a key that this installation does not trust`;
  const isTrue = verifyText(publicKey, sealText(seal.planDigest, part, value), seal.signature);
  return isTrue ? null : 'is not what was sealed';
}
