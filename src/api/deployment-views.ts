import { setTimeout as delay } from 'node:timers/promises';
import { canonicalJson } from '../domain/canonical-json.ts';
import { GantryError } from '../domain/errors.ts';
import { deploymentWorkflowId, parseDeploymentId } from '../domain/ids.ts';
import type { JournalEntry } from '../domain/journal.ts';
import { buildRecord } from '../domain/record.ts';
import { renderRecord } from '../domain/record-markdown.ts';
import { initialState, stateOf } from '../domain/state.ts';
import { type Status, statusOf } from '../domain/status.ts';
import type { StoredRecord } from '../store/store.ts';
import type { ApiDeps, Frozen } from './deps.ts';

const noWorker = (error: unknown) =>
  error instanceof GantryError && (error.code === 'engine-unavailable' || error.code === 'not-found');

/**
 * The status for `viewer`: from the store once the deployment has ended, else from its workflow; while no worker answers,
 * what the store has of its journal. Throws `not-found`, `engine-unavailable`.
 */
export async function statusFor(deps: ApiDeps, id: string, viewer: string): Promise<Status> {
  const row = await deps.store.deployment(id);
  if (row?.outcome != null) {
    const stored = await storedStatus(deps, id, viewer);
    if (stored?.outcome != null) return stored;
  }
  try {
    return await withHolder(deps, await deps.gateway.status(id, viewer));
  } catch (error) {
    if (!noWorker(error)) throw error;
    const stored = await storedStatus(deps, id, viewer);
    if (stored) return stored;
    throw error;
  }
}

/** Whoever waits for the target is told behind whom. */
async function withHolder({ store }: ApiDeps, status: Status): Promise<Status> {
  if (!status.waitingFor.some(({ kind }) => kind === 'target')) return status;
  const holder = (await store.target(status.service, status.environment))?.lock?.deployment;
  if (holder === undefined || holder === status.id) return status;
  const waitingFor = status.waitingFor.map((wait) => (wait.kind === 'target' ? { ...wait, behind: holder } : wait));
  return { ...status, waitingFor };
}

/** A target starts its deployments at once; whoever asked waits this long for it, in milliseconds. */
const startMs = 5_000;
const lookAgainMs = 20;

/** Waits until a deployment that a target has accepted is there to be asked, so that nobody who knows its id gets a 404. */
export async function untilStarted({ gateway }: ApiDeps, id: string): Promise<void> {
  const until = Date.now() + startMs;
  while (Date.now() < until && (await gateway.describe(id).catch(() => null)) === 'unknown') await delay(lookAgainMs);
}

/** The status of a deployment that a target has accepted, maybe a moment ago. */
export async function statusOnceStarted(deps: ApiDeps, id: string, viewer: string): Promise<Status> {
  if (!(await deps.store.deployment(id))) await untilStarted(deps, id);
  return statusFor(deps, id, viewer);
}

/** The same for whoever has just frozen its plan: there is one even where no worker answers yet. */
export async function firstStatus(deps: ApiDeps, id: string, viewer: string, frozen: Frozen): Promise<Status> {
  try {
    return await statusOnceStarted(deps, id, viewer);
  } catch (error) {
    if (!noWorker(error)) throw error;
    const state = { ...initialState(frozen.plan), deployment: id, requestedAt: new Date(deps.now()).toISOString() };
    return statusOf(frozen.plan, frozen.planDigest, state, identityOf(id), viewer);
  }
}

/**
 * The record in both forms: the very one that was published, once it is final; before, what it would be now: of the
 * workflow's own journal, so that whoever has seen the end sees it in the record, too. Throws `not-found`.
 */
export async function recordFor(deps: ApiDeps, id: string): Promise<Pick<StoredRecord, 'markdown' | 'document'>> {
  const published = await deps.store.record(id);
  if (published?.state === 'final') return published;
  const frozen = await storedPlan(deps, id);
  const journal = frozen ? await whole((after) => journalFor(deps, id, after, page)) : [];
  if (!frozen || journal.length === 0)
    throw new GantryError('not-found', `There is no record of ${JSON.stringify(id)} yet.`);
  const state = journal.some(({ type }) => type === 'ended') ? 'final' : 'draft';
  const record = buildRecord(frozen.plan, frozen.planDigest, journal, { state, attestation: 'unpublished' });
  return { markdown: renderRecord(record), document: canonicalJson(record) };
}

async function storedStatus(deps: ApiDeps, id: string, viewer: string): Promise<Status | null> {
  const frozen = await storedPlan(deps, id);
  const journal = frozen ? await whole((after) => deps.store.journal(id, after, page)) : [];
  if (!frozen || journal.length === 0) return null;
  return statusOf(frozen.plan, frozen.planDigest, stateOf(frozen.plan, journal), identityOf(id), viewer);
}

/** The plan as the store has it; null when it does not know the deployment. */
async function storedPlan({ store }: ApiDeps, id: string): Promise<Frozen | null> {
  const row = await store.deployment(id);
  const plan = row && (await store.plan(row.planDigest));
  return row && plan ? { plan, planDigest: row.planDigest } : null;
}

const page = 500;

async function whole(some: (after: number) => Promise<readonly JournalEntry[]>): Promise<readonly JournalEntry[]> {
  const all: JournalEntry[] = [];
  for (;;) {
    const next = await some(all.length);
    all.push(...next);
    if (next.length < page) return all;
  }
}

/** The journal beyond `after`: the workflow's, or the store's where no worker answers or the deployment has ended. */
export async function journalFor(
  deps: ApiDeps,
  id: string,
  after: number,
  limit: number,
): Promise<readonly JournalEntry[]> {
  const row = await deps.store.deployment(id);
  if (row?.outcome != null) return deps.store.journal(id, after, limit);
  try {
    return await deps.gateway.journal(id, { after, limit });
  } catch (error) {
    if (!noWorker(error) || !row) throw error;
    return deps.store.journal(id, after, limit);
  }
}

function identityOf(id: string) {
  const name = parseDeploymentId(id);
  if (!name) throw new GantryError('not-found', `There is no deployment ${JSON.stringify(id.slice(0, 200))}.`);
  return { id, workflowId: deploymentWorkflowId(name.service, name.environment, name.number), number: name.number };
}
