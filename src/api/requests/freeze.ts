import { digestOfJson } from '../../domain/base/canonical-json.ts';
import { GantryError, insteadOf } from '../../domain/base/errors.ts';
import type { Subject } from '../../domain/base/subject.ts';
import { evidenceRulesOf } from '../../domain/evidence/rules.ts';
import { liveReleaseFault } from '../../domain/gates/live-release.ts';
import { runsFiles } from '../../domain/plan/isolation.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { FrozenPlan } from '../../domain/plan/seals.ts';
import { checkOpening } from '../../domain/planning/check-opening.ts';
import { freezePlan } from '../../domain/planning/freeze-plan.ts';
import type { DeploymentRequest } from '../../domain/planning/request.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import { rulesFor } from '../../domain/policy/policy.ts';
import type { TargetView } from '../../domain/target/view.ts';
import { weighInTurns } from '../../system/weigh-in-turns.ts';
import type { ApiDeps } from '../deps.ts';
import { checkServiceIsKnown } from './known-service.ts';
import { readablePolicy } from './readable-policy.ts';
import { typicalRunMs } from './typical-run.ts';

/** Freezes a request with policy, procedure and evidence as they are now. Throws as `freezePlan`, `checkOpening`, `readablePolicy` and the sources do. */
export async function freeze(deps: ApiDeps, request: DeploymentRequest, requester: Subject): Promise<FrozenPlan> {
  const { policy, digest: policyDigest } = await readablePolicy(deps);
  await checkServiceIsKnown(deps, policy, request);
  const evidence = await deps.store.evidenceOf(request.artifact.digest);
  const documents = await procedureOf(deps, request);
  const weigh = await weighInTurns(evidence, evidenceRulesOf(policy, request));
  const frozen = freezePlan({
    request,
    requester,
    ...documents,
    policy,
    policyDigest,
    evidence,
    weigh,
    catalog: deps.catalog,
    messageKey: deps.signingKeys?.publicKeys[0] ?? null,
    typicalRunMs: await typicalFor(deps, policy, request, documents.procedure.procedure),
    now: deps.now(),
  });
  checkOpening(frozen.plan, deps.now());
  checkIsolation(deps, frozen.plan);
  if (request.planDigest !== undefined && request.planDigest !== frozen.planDigest)
    throw new GantryError('plan-changed', `The plan would be ${frozen.planDigest} by now.`, { pointer: '/planDigest' });
  return frozen;
}

/** Refuses to plan commands that the worker of this same process would refuse to run; other workers check by themselves. */
function checkIsolation({ commands }: ApiDeps, plan: Plan): void {
  if (plan.policy.commands !== 'isolated' || !commands || commands.isIsolated || !runsFiles(plan)) return;
  throw new GantryError(
    'commands-not-isolated',
    `${plan.environment} takes only isolated commands. ${commands.detail}`,
    {
      pointer: '/environment',
    },
  );
}

/** Computed only where the policy needs it, since it reads journals. */
function typicalFor(
  { store }: ApiDeps,
  policy: Policy,
  { service, environment }: DeploymentRequest,
  procedure: string,
): Promise<number | null> {
  if (rulesFor(policy, { environment })?.windows?.runway !== 'typical') return Promise.resolve(null);
  return typicalRunMs(store, { service, environment, procedure });
}

/** Where nothing is known to be live. */
export const nothingLive = { live: null, slot: null };

/** What a target serves by the store; where the plan needs more, by the target itself. */
export async function servedFor({ store, gateway }: ApiDeps, plan: Plan): Promise<Pick<TargetView, 'live' | 'slot'>> {
  const { service, environment } = plan;
  const stored = await store.target(service, environment);
  if (stored?.live && liveReleaseFault(plan, stored) === null) return stored;
  return gateway.target({ service, environment }).catch(insteadOf('not-found', nothingLive));
}

/**
 * Throws `no-live-release` where the plan needs a live release that the target does not have. The target checks that too, but
 * a request starts the target: here nothing is stored or started yet.
 */
export async function checkLiveRelease(deps: ApiDeps, plan: Plan): Promise<void> {
  if (liveReleaseFault(plan, nothingLive) === null) return;
  const fault = liveReleaseFault(plan, await servedFor(deps, plan));
  if (fault !== null) throw new GantryError('no-live-release', fault, { pointer: '/procedure' });
}

async function procedureOf({ procedures }: ApiDeps, { procedure }: DeploymentRequest) {
  if (typeof procedure === 'string') {
    const { document, digest, files, notExecutable } = await procedures.find(procedure);
    return { procedure: document, procedureDigest: digest, files, notExecutable };
  }
  if (procedure.files.length > 0)
    throw new GantryError('invalid-procedure', 'A procedure sent as a document has no folder, so it lists no files.', {
      pointer: '/procedure/files',
    });
  return { procedure, procedureDigest: digestOfJson({ document: procedure, files: [] }), files: [] };
}
