import { deploymentOfWorkflow } from '../../domain/base/ids.ts';
import type { DeploymentRow } from '../../domain/journal/batch.ts';
import { orAfter } from '../../system/time-limit.ts';
import type { ActivityDeps } from '../deps.ts';
import { publishAfterEnd } from '../records/after-end.ts';
import { knownWorkflow } from './known-deployment.ts';

/**
 * Each deployment is compared no more often than this, in milliseconds: a workflow that is queried has to be in memory. One
 * that has closed since is compared at once: a store that still lists it as open has lost its end.
 */
const againMs = 5 * 60_000;
const atOnce = 10;

/** A round ends after this time, in milliseconds; what is under way goes on. */
const limitMs = 8_000;

/** What a round of the supervision has found open. */
export interface Open {
  /** Rows of the store that have not ended, or lack their record. */
  readonly rows: readonly Pick<DeploymentRow, 'id' | 'workflowId'>[];
  /** Ids of workflows that Temporal describes as running. */
  readonly running: ReadonlySet<string>;
}

/**
 * Brings the store what it lacks of deployments and their workflows still have, a few in each round. A deployment that waits
 * for days or has ended writes nothing more: what a store has lost of it, as one that failed over to a standby that was
 * behind, would be lost for good, and lists would show an older state.
 */
export function createBringMissingEntries(deps: ActivityDeps): (open: Open) => Promise<void> {
  const compared = new Map<string, { readonly at: number; readonly ran: boolean }>();

  /** As the journal's tail does, whether or not the journal has grown. */
  const bringRest = async (workflowId: string): Promise<void> => {
    const id = deploymentOfWorkflow(workflowId);
    if (id === null) return;
    const row = await deps.store.deployment(id);
    for (let stored = await deps.store.wholeUpTo(id); ; ) {
      const batch = await deps.journals.rest(workflowId, stored);
      const last = batch.entries.at(-1)?.seq ?? stored;
      if (last > stored || row === null) await deps.store.appendJournal(batch);
      if (last <= stored || last >= batch.row.lastSeq) return;
      stored = last;
    }
  };

  /** Brings the end of a journal that has one, with its record; one that was lost without it is up to its target. */
  const bringEnd = async (workflowId: string): Promise<void> => {
    const known = await knownWorkflow(deps, workflowId);
    if (known?.journal.some(({ type }) => type === 'ended')) await publishAfterEnd(deps, known, known.journal);
  };

  return async ({ rows, running }) => {
    const known = new Set(rows.map(({ workflowId }) => workflowId));
    const all = [...new Set([...known, ...[...running].filter((id) => id.startsWith('deployment/'))])];
    for (const id of compared.keys()) if (!all.includes(id)) compared.delete(id);
    const isDue = (id: string) => {
      const last = compared.get(id);
      return !last || last.ran !== running.has(id) || deps.now() - last.at >= againMs;
    };
    const due = all
      .filter(isDue)
      .toSorted((a, b) => (compared.get(a)?.at ?? 0) - (compared.get(b)?.at ?? 0))
      .slice(0, atOnce);
    const work = Promise.all(
      due.map(async (workflowId) => {
        compared.set(workflowId, { at: deps.now(), ran: running.has(workflowId) });
        // Whatever fails is compared again.
        await (running.has(workflowId) ? bringRest(workflowId) : bringEnd(workflowId)).catch(() => undefined);
      }),
    );
    await orAfter(limitMs, work, undefined);
  };
}
