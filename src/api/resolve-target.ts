import { GantryError } from '../domain/errors.ts';
import { parseDeploymentId } from '../domain/ids.ts';
import { emptyTarget, type Requested, type Resolution, type Target } from '../domain/target.ts';
import type { TargetName } from '../temporal/gateway.ts';
import { untilStarted } from './deployment-views.ts';
import type { ApiDeps } from './deps.ts';
import { owedReviews } from './owed-reviews.ts';
import { vouched } from './vouch.ts';
import { giveWarrant } from './warrant.ts';

/**
 * Has a stuck target go on: its repair is started and vouched for. A repeat finds the repair that is under way, and
 * vouches for it anew, since whoever asked before may not have lived to do so. Throws as `Gateway.resolve` does.
 */
export async function resolveTarget(deps: ApiDeps, name: TargetName, resolution: Resolution): Promise<Requested> {
  const { deployment } = resolution;
  const repair = await resolveAnew(deps, name, vouched(deps, deployment, 'resolve', resolution)).catch(
    async (error: unknown) => {
      const underWay = isNothingToResolve(error) && (await repairUnderWay(deps, name, resolution));
      if (!underWay) throw error;
      return underWay;
    },
  );
  await untilStarted(deps, repair.id);
  const owing = (await deps.store.deployment(deployment))?.planDigest;
  await giveWarrant(deps, repair.id, owing ?? (await deps.gateway.status(repair.id, null)).planDigest);
  return repair;
}

const isNothingToResolve = (error: unknown) => error instanceof GantryError && error.code === 'nothing-to-resolve';

/** The repair that holds its target now, where it is the one that this resolution asks for; else null. */
async function repairUnderWay(
  deps: ApiDeps,
  name: TargetName,
  { deployment, decision }: Resolution,
): Promise<Requested | null> {
  const { lock } = await deps.gateway.target(name);
  const number = lock && parseDeploymentId(lock.deployment)?.number;
  if (!lock || !number || lock.deployment === deployment) return null;
  const status = await deps.gateway.status(lock.deployment, null).catch(() => null);
  const repair = status && (await deps.store.plan(status.planDigest))?.repair;
  const isAsked = repair?.of === deployment && repair.decision === decision;
  return status && isAsked ? { id: lock.deployment, number, workflowId: status.workflowId } : null;
}

/** A target that was terminated is started again, from what the store knows; one that never was is not started. */
async function resolveAnew(deps: ApiDeps, name: TargetName, resolution: Resolution): Promise<Requested> {
  if (!(await deps.store.target(name.service, name.environment))) await deps.gateway.target(name);
  try {
    return await deps.gateway.resolve(name, resolution, null);
  } catch (error) {
    if (!(error instanceof GantryError) || error.code !== 'needs-intervention') throw error;
    return deps.gateway.resolve(name, resolution, await knownTarget(deps, name));
  }
}

/** A terminated target as the store knows it, so that numbers and fence go on where they were. */
async function knownTarget({ store, gateway, policy, now }: ApiDeps, name: TargetName): Promise<Target> {
  const { service, environment } = name;
  const [state, newest, rules] = await Promise.all([
    store.target(service, environment),
    store.deployments({ service, environment, limit: 1 }),
    policy.read(),
  ]);
  const lock = state?.lock ?? null;
  if (lock && (await gateway.describe(lock.deployment)) === 'running')
    throw new GantryError('target-busy', `${lock.deployment} still runs; abort it first.`);
  const reviews = state?.reviews ?? [];
  const owed = await owedReviews({ store, now }, name, reviews);
  const base = emptyTarget(service, environment);
  return {
    ...base,
    ...state,
    reviews: [...reviews, ...owed],
    stakeholders: rules.policy.environments[environment]?.stakeholders ?? [],
    lastNumber: Math.max(state?.lastNumber ?? 0, newest.items[0]?.number ?? 0),
    lock: lock ? { ...lock, number: parseDeploymentId(lock.deployment)?.number ?? 0, isStuck: true } : null,
  };
}
