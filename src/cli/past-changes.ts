import { z } from 'zod';
import type { PastChange } from '../domain/backtest/past-change.ts';
import { GantryError } from '../domain/base/errors.ts';
import type { JournalEntry } from '../domain/journal/entries.ts';
import type { Plan } from '../domain/plan/plan.ts';
import type { Api } from './api-client.ts';

/** Which changes are asked for. */
export interface PastFilter {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  /** Requested then or later, ISO 8601 UTC. */
  readonly since?: string | undefined;
}

interface PastRow {
  readonly id: string;
  readonly release: string;
  readonly requestedAt: string;
  readonly outcome: string | null;
  readonly planDigest: string;
}

/** Where changes are read from: the API, or the store itself. */
export interface PastSource {
  /** Newest first. */
  deployments(asked: {
    readonly service?: string | undefined;
    readonly environment?: string | undefined;
    readonly limit: number;
    readonly cursor?: string | undefined;
  }): Promise<{ readonly items: readonly PastRow[]; readonly next: string | null }>;
  plan(row: PastRow): Promise<Plan | null>;
  journal(deployment: string, after: number, limit: number): Promise<readonly JournalEntry[]>;
}

const page = 200;
const journalPage = 500;

/** Changes that are over, newest first. */
export async function* pastChanges(source: PastSource, { since, ...asked }: PastFilter): AsyncGenerator<PastChange> {
  let cursor: string | undefined;
  do {
    const { items, next } = await source.deployments({ ...asked, limit: page, cursor });
    for (const row of items) {
      if (since !== undefined && row.requestedAt < since) return;
      if (row.outcome === null) continue;
      const { id, release, requestedAt, outcome } = row;
      const plan = await source.plan(row);
      yield { id, release, requestedAt, outcome, plan, journal: await journalOf(source, id) };
    }
    cursor = next ?? undefined;
  } while (cursor !== undefined);
}

async function journalOf(source: PastSource, id: string): Promise<readonly JournalEntry[]> {
  const all: JournalEntry[] = [];
  for (;;) {
    const entries = await source.journal(id, all.length, journalPage);
    all.push(...entries);
    if (entries.length < journalPage) return all;
  }
}

const listSchema = z.looseObject({
  items: z.array(
    z.looseObject({
      id: z.string(),
      release: z.string(),
      requestedAt: z.string(),
      outcome: z.string().nullable(),
      planDigest: z.string(),
    }),
  ),
  next: z.string().nullable(),
});
// Plan and journal are what this same program has written.
const planSchema = z.looseObject({ plan: z.looseObject({}) as unknown as z.ZodType<Plan> });
const journalSchema = z.looseObject({ items: z.array(z.looseObject({}) as unknown as z.ZodType<JournalEntry>) });

/** Reads by HTTP what every person and robot of the policy may read. */
export function pastByApi(api: Api): PastSource {
  const at = (id: string) => `/v1/deployments/${encodeURIComponent(id)}`;
  return {
    deployments: (asked) => {
      const given = new URLSearchParams();
      for (const [name, value] of Object.entries(asked)) if (value !== undefined) given.set(name, String(value));
      return api.get(`/v1/deployments?${given.toString()}`, listSchema);
    },
    plan: ({ id }) =>
      api.get(`${at(id)}/plan`, planSchema).then(
        ({ plan }) => plan,
        (error: unknown) => {
          if (error instanceof GantryError && error.code === 'not-found') return null;
          throw error;
        },
      ),
    journal: (id, after, limit) =>
      api.get(`${at(id)}/journal?after=${after}&limit=${limit}`, journalSchema).then(
        ({ items }) => items,
        (error: unknown) => {
          if (error instanceof GantryError && error.code === 'journal-gap') return [];
          throw error;
        },
      ),
  };
}
