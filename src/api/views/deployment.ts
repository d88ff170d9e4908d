import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { canonicalJson } from '../../domain/base/canonical-json.ts';
import { GantryError, hasCode } from '../../domain/base/errors.ts';
import { deploymentWorkflowId, parseDeploymentId } from '../../domain/base/ids.ts';
import { initialState } from '../../domain/deployment/state.ts';
import { mayResolve, type Status, statusOf } from '../../domain/deployment/status.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { FrozenPlan } from '../../domain/plan/seals.ts';
import { renderRecord } from '../../domain/record/markdown/record.ts';
import { buildRecord } from '../../domain/record/record.ts';
import type { ApiDeps, ReadingDeps } from '../deps.ts';
import type { AtLeast } from '../watch/watcher.ts';

/**
 * The status for `viewer`, from the store and never less than `atLeast`; what the store lacks comes from the workflow. Throws `not-found`, `engine-unavailable`, `store-unavailable`.
 */
export async function statusFor(deps: ReadingDeps, id: string, viewer: string, atLeast?: AtLeast): Promise<Status> {
  const seen = await deps.watcher.look(id, atLeast);
  // Without the store the plan is not known here: the workflow computes the status.
  if (!seen) return withPage(deps, await deps.gateway.status(id, viewer));
  const status = statusOf(seen.plan, seen.planDigest, seen.state, identityOf(id), viewer);
  return withPage(deps, await withTarget(deps, status, seen.plan, viewer));
}

/** Adds where people see it in Temporal, where that is known. */
function withPage({ temporalPage }: ApiDeps, status: Status): Status {
  if (!temporalPage) return status;
  return { ...status, links: { ...status.links, temporal: temporalPage(status.workflowId) } };
}

/**
 * The status for the sender of a message, with its effect up to entry `seq`. The message was accepted, so a failure to read
 * the status is no error: then only id and `seq` are returned.
 */
export async function statusAfter(
  deps: ReadingDeps,
  id: string,
  viewer: string,
  seq: number,
): Promise<Status | { readonly id: string; readonly seq: number }> {
  try {
    return await statusFor(deps, id, viewer, { seq, isSure: true });
  } catch {
    return { ...identityOf(id), seq: Number.isFinite(seq) ? seq : 0 };
  }
}

/** Adds the holder of the target to a wait for it, and `resolve` for operators of a target that needs intervention. */
async function withTarget({ store }: ApiDeps, status: Status, plan: Plan, viewer: string): Promise<Status> {
  const isLeft = status.outcome === 'needs-intervention' && mayResolve(plan, viewer);
  if (!isLeft && !status.waitingFor.some(({ kind }) => kind === 'target')) return status;
  const { service, environment } = status;
  const target = await store.target(service, environment).catch(() => null);
  const holder = target?.lock?.deployment;
  if (holder === undefined) return status;
  if (holder === status.id) {
    if (!isLeft) return status;
    const links = { ...status.links, resolve: `/v1/targets/${service}/${environment}/resolve` };
    return { ...status, can: [...status.can, 'resolve'], links };
  }
  const waitingFor = status.waitingFor.map((wait) => (wait.kind === 'target' ? { ...wait, behind: holder } : wait));
  return { ...status, waitingFor };
}

/** A target starts its deployments at once; a request waits at most this long for the start, in milliseconds. */
const startMs = 5_000;
const lookAgainMs = 20;

/** Waits until an accepted deployment exists in Temporal, so that its id is never answered with 404. */
export async function untilStarted({ gateway }: ApiDeps, id: string): Promise<void> {
  const until = Date.now() + startMs;
  while (Date.now() < until && (await gateway.describe(id).catch(() => null)) === 'unknown') await delay(lookAgainMs);
}

/** The status of a deployment that a target may have accepted a moment ago. */
export async function statusOnceStarted(deps: ReadingDeps, id: string, viewer: string): Promise<Status> {
  if (!(await deps.store.deployment(id))) await untilStarted(deps, id);
  return statusFor(deps, id, viewer);
}

/** The same with the plan that was just frozen: a status even where no worker answers yet. */
export async function firstStatus(deps: ReadingDeps, id: string, viewer: string, frozen: FrozenPlan): Promise<Status> {
  try {
    return await statusOnceStarted(deps, id, viewer);
  } catch (error) {
    if (!hasCode(error, 'engine-unavailable', 'not-found')) throw error;
    const state = { ...initialState(frozen.plan), deployment: id, requestedAt: new Date(deps.now()).toISOString() };
    return statusOf(frozen.plan, frozen.planDigest, state, identityOf(id), viewer);
  }
}

/**
 * The record in one of its forms: the very one that was published, once it is final; before, what it would be now.
 * Throws `not-found`, and as `statusFor` does.
 */
export async function recordFor(deps: ReadingDeps, id: string, form: 'markdown' | 'document'): Promise<string> {
  const published = await deps.store.record(id);
  if (published?.state === 'final') return published[form];
  const seen = await deps.watcher.look(id);
  if (!seen) throw new GantryError('not-found', `There is no record of ${JSON.stringify(id)} yet.`);
  const state = seen.state.outcome === null ? 'draft' : 'final';
  const record = buildRecord(seen.plan, seen.planDigest, seen.journal, { state, attestation: 'unpublished' });
  // With thousands of entries each step takes long: other requests have their turn between them.
  await turn();
  return form === 'markdown' ? renderRecord(record) : canonicalJson(record);
}

/** Target and number of a deployment. Throws `not-found` for an invalid id. */
export function nameOf(id: string) {
  const name = parseDeploymentId(id);
  if (!name) throw new GantryError('not-found', `There is no deployment ${JSON.stringify(id.slice(0, 200))}.`);
  return name;
}

function identityOf(id: string) {
  const { service, environment, number } = nameOf(id);
  return { id, workflowId: deploymentWorkflowId(service, environment, number), number };
}
