import { deploymentPageSchema } from '../contract/deployment.ts';
import { journalPageSchema } from '../contract/journal.ts';
import { frozenPlanSchema } from '../contract/plan.ts';
import type { PastChange } from '../domain/backtest/past-change.ts';
import { insteadOf } from '../domain/base/errors.ts';
import { pick } from '../domain/base/pick.ts';
import type { DeploymentRow } from '../domain/journal/batch.ts';
import type { JournalEntry } from '../domain/journal/entries.ts';
import { allEntries } from '../domain/journal/whole.ts';
import type { Plan } from '../domain/plan/plan.ts';
import { type Api, answered } from './api-client.ts';

/** Which changes to read. */
export interface PastFilter {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  /** Requested then or later, ISO 8601 UTC. */
  readonly since?: string | undefined;
}

type PastRow = Pick<DeploymentRow, 'id' | 'release' | 'requestedAt' | 'outcome' | 'planDigest'>;

/** Where changes are read from: the API, or the store itself. */
export interface PastSource {
  /** Newest first. */
  deployments(
    asked: Omit<PastFilter, 'since'> & { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<{ readonly items: readonly PastRow[]; readonly next: string | null }>;
  plan(row: PastRow): Promise<Plan | null>;
  journal(deployment: string, after: number, limit: number): Promise<readonly JournalEntry[]>;
}

const page = 200;

/** Changes that have ended, newest first. */
export async function* pastChanges(source: PastSource, { since, ...asked }: PastFilter): AsyncGenerator<PastChange> {
  let cursor: string | undefined;
  do {
    const { items, next } = await source.deployments({ ...asked, limit: page, cursor });
    for (const row of items) {
      if (since !== undefined && row.requestedAt < since) return;
      if (row.outcome === null) continue;
      const { id, release, requestedAt, outcome } = row;
      const plan = await source.plan(row);
      yield { id, release, requestedAt, outcome, plan, journal: await allEntries(source, id) };
    }
    cursor = next ?? undefined;
  } while (cursor !== undefined);
}

/** Reads by HTTP. Plan and journal have the domain's types, since Gantry wrote them. */
export function pastByApi(api: Api): PastSource {
  const at = (id: string) => ({ path: { id } });
  return {
    deployments(asked) {
      const query = pick(asked, 'limit', 'service', 'environment', 'cursor');
      return answered(api.GET('/v1/deployments', { params: { query } }), deploymentPageSchema);
    },
    async plan({ id }) {
      const call = api.GET('/v1/deployments/{id}/plan', { params: at(id) });
      const found = await answered(call, frozenPlanSchema).catch(insteadOf('not-found', null));
      return found && (found.plan as unknown as Plan);
    },
    async journal(id, after, limit) {
      const call = api.GET('/v1/deployments/{id}/journal', { params: { ...at(id), query: { after, limit } } });
      const page = await answered(call, journalPageSchema).catch(insteadOf('journal-gap', null));
      return (page?.items ?? []) as unknown as readonly JournalEntry[];
    },
  };
}
