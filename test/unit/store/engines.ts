import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { JournalEntry } from '../../../src/domain/journal.ts';
import type { DeploymentRow } from '../../../src/domain/ports.ts';
import { openStore, type StoreOptions } from '../../../src/store/index.ts';
import type { Store } from '../../../src/store/store.ts';
import { startPostgres } from '../../support/postgres.ts';

export const engines = ['PostgreSQL', 'PGlite'] as const;

export interface StoreInUse {
  /** Migrated; the same one for all tests of a suite. */
  readonly store: Store;
  /** Closes it and opens it again. */
  reopen(options?: StoreOptions): Promise<void>;
}

/** A store for the suite that asks: a real server of its own, or a folder. */
export function useStore(engine: (typeof engines)[number]): StoreInUse {
  let address = '';
  let store: Store | undefined;
  let remove = () => Promise.resolve();
  const current = () => {
    if (!store) throw new Error('the store is not open');
    return store;
  };

  beforeAll(async () => {
    if (engine === 'PostgreSQL') {
      const server = await startPostgres();
      remove = () => server.remove();
      address = await server.newDatabase();
    } else {
      const folder = await mkdtemp(join(tmpdir(), 'gantry-store-'));
      remove = () => rm(folder, { recursive: true });
      address = `pglite:${join(folder, 'store')}`;
    }
    store = await openStore(address);
    await store.migrate();
  });

  afterAll(async () => {
    await store?.close();
    await remove();
  });

  return {
    get store() {
      return current();
    },
    async reopen(options) {
      await current().close();
      store = await openStore(address, options);
    },
  };
}

/** A row of the list of deployments, `shop.production.<number>` unless told otherwise. */
export function deploymentRow(number: number, other: Partial<DeploymentRow> = {}): DeploymentRow {
  const { service = 'shop', environment = 'production' } = other;
  return {
    id: `${service}.${environment}.${number}`,
    workflowId: `deployment/${service}/${environment}/${number}`,
    number,
    service,
    environment,
    release: '1.4.2',
    artifactDigest: `sha256:${'9f'.repeat(32)}`,
    planDigest: `sha256:${'c1'.repeat(32)}`,
    requester: 'key:alice',
    requestedAt: '2026-11-23T09:00:02.114Z',
    phase: 'verifying',
    outcome: null,
    endedAt: null,
    lastSeq: 0,
    ...other,
  };
}

/** Entries `from` to `to`, which tell nothing but their number. */
export function entries(from: number, to: number, statement = 'on time'): readonly JournalEntry[] {
  return Array.from({ length: to - from + 1 }, (_, i) => ({
    v: 1,
    seq: from + i,
    at: '2026-11-23T09:00:02.114Z',
    type: 'note-added',
    severity: 'minor',
    statement,
    by: { subject: 'key:bob', name: 'Bob May', via: 'api', identity: 'verified' },
  }));
}
