import { setTimeout as delay } from 'node:timers/promises';
import { GantryError, hasCode } from '../../domain/base/errors.ts';
import { parseDeploymentId, type TargetName } from '../../domain/base/ids.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { Requested, Resolution } from '../../domain/target/requests.ts';
import type { ApiDeps } from '../deps.ts';
import { vouchedForTarget } from '../trust/vouch.ts';
import { giveWarrant, sealsBorneBy } from '../trust/warrant.ts';
import { untilStarted } from '../views/deployment.ts';
import { forgottenTarget, knownTarget } from './target-from-store.ts';

/** A number in use is skipped; a repair is requested at most so often. */
const tries = 3;

/** How long a target may take to skip such a number, in milliseconds. */
const skipMs = 15_000;
const lookAgainMs = 50;

/**
 * Resolves a stuck target: starts its repair and gives it a warrant. A repeat finds the running repair and gives the warrant
 * again, since the earlier process may have ended before; where it is not the first under its key (`isFirst`) it also finds a
 * repair that has ended. Throws as `Gateway.resolve` does, and `not-ready` where the repair could not be started and the
 * target is still stuck.
 */
export async function resolveTarget(
  deps: ApiDeps,
  name: TargetName,
  resolution: Resolution,
  isFirst: boolean,
): Promise<Requested> {
  const { deployment } = resolution;
  for (let attempt = 1; ; attempt += 1) {
    const repair = await resolveOnce(deps, name, resolution, isFirst);
    await untilStarted(deps, repair.id);
    const there = await whatStarted(deps, name, deployment, repair.id);
    if (there === 'the repair') {
      const owing = (await deps.store.deployment(deployment))?.planDigest;
      const planDigest = owing ?? (await deps.gateway.status(repair.id, null)).planDigest;
      await giveWarrant(deps, name, repair.id, await sealsBorneBy(deps, repair.id, planDigest));
      return repair;
    }
    if (there === 'nothing' || attempt === tries)
      throw new GantryError(
        'not-ready',
        `The repair of ${deployment} could not be started; people were paged with why.`,
      );
  }
}

async function resolveOnce(
  deps: ApiDeps,
  name: TargetName,
  resolution: Resolution,
  isFirst: boolean,
): Promise<Requested> {
  try {
    return await resolveAnew(deps, name, vouchedForTarget(deps, name, 'resolve', resolution));
  } catch (error) {
    if (!hasCode(error, 'nothing-to-resolve')) throw error;
    const repair =
      (await repairUnderWay(deps, name, resolution)) ?? (isFirst ? null : await repairBefore(deps, name, resolution));
    if (!repair) throw error;
    return repair;
  }
}

/**
 * Whether the repair has started. Its number may be in use, as after an older store was restored, or planning may have failed:
 * then the lock is unchanged. Without an answer of the target it counts as started.
 */
async function whatStarted(
  deps: ApiDeps,
  name: TargetName,
  deployment: string,
  repair: string,
): Promise<'the repair' | 'nothing' | 'another'> {
  const status = await deps.gateway.status(repair, null).catch(() => null);
  if (status && (await repairIn(deps, status.planDigest))?.of === deployment) return 'the repair';
  const isUsed = (await deps.gateway.describe(repair).catch(() => 'unknown')) !== 'unknown';
  const until = Date.now() + (isUsed ? skipMs : 0);
  for (;;) {
    const target = await deps.gateway.target(name).catch(() => null);
    if (target?.lock?.deployment === deployment) return isUsed ? 'another' : 'nothing';
    if (Date.now() >= until) return 'the repair';
    await delay(lookAgainMs);
  }
}

/** The repair that holds its target now, where it is the one that this resolution asks for; else null. */
async function repairUnderWay(deps: ApiDeps, name: TargetName, resolution: Resolution): Promise<Requested | null> {
  const { lock } = await deps.gateway.target(name);
  const number = lock && parseDeploymentId(lock.deployment)?.number;
  if (!lock || !number || lock.deployment === resolution.deployment) return null;
  const status = await deps.gateway.status(lock.deployment, null).catch(() => null);
  const isAsked = status && isAskedFor(await repairIn(deps, status.planDigest), resolution);
  return isAsked ? { id: lock.deployment, number, workflowId: status.workflowId } : null;
}

/** How many of a target's newest deployments are searched. */
const lookBack = 50;

/** The newest repair that this person has requested by the same resolution, also one that has ended; else null. */
async function repairBefore(
  deps: ApiDeps,
  { service, environment }: TargetName,
  resolution: Resolution,
): Promise<Requested | null> {
  const requester = resolution.by.subject;
  const { items } = await deps.store.deployments({ service, environment, requester, limit: lookBack });
  for (const { id, number, workflowId, planDigest } of items)
    if (isAskedFor(await repairIn(deps, planDigest), resolution)) return { id, number, workflowId };
  return null;
}

const repairIn = async ({ store }: ApiDeps, planDigest: string) => (await store.plan(planDigest))?.repair;
const isAskedFor = (repair: Plan['repair'] | undefined, { deployment, decision }: Resolution) =>
  repair?.of === deployment && repair.decision === decision;

/** Asks the target to resolve; a terminated one is started again from `knownTarget`, an unknown one is not started. */
async function resolveAnew(deps: ApiDeps, name: TargetName, resolution: Resolution): Promise<Requested> {
  if (!(await deps.store.target(name.service, name.environment))) await deps.gateway.target(name);
  try {
    return await deps.gateway.resolve(name, resolution, await forgottenTarget(deps, name));
  } catch (error) {
    if (!hasCode(error, 'needs-intervention')) throw error;
    return deps.gateway.resolve(name, resolution, await knownTarget(deps, name));
  }
}
