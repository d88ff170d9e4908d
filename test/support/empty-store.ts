import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openStore } from '../../src/store/index.ts';
import { type PostgresServer, query, startPostgres } from './postgres.ts';
import { copyMigratedStore } from './store-template.ts';

/** A store that is migrated and empty, of the suite that asked. */
export interface EmptyStore {
  readonly address: string;
  /** Once nothing uses it any more. */
  remove(): Promise<void>;
}

const template = 'migrated';

/** A PostgreSQL for the suites of a run, which {@link emptyStore} of their processes finds at `address`. */
export async function startPostgresForSuites(): Promise<{ readonly address: string; readonly server: PostgresServer }> {
  const server = await startPostgres();
  const address = await server.newDatabase();
  await query(address, `create database ${template}`);
  const store = await openStore(inDatabase(address, template));
  try {
    await store.migrate();
  } finally {
    await store.close();
  }
  return { address, server };
}

/** On the engine that the vitest project is for; outside of vitest an embedded one, in the folder `store` of `folder`. */
export async function emptyStore(folder: string): Promise<EmptyStore> {
  const server = process.env['GANTRY_TEST_POSTGRES'];
  return server === undefined ? emptyFolder(join(folder, 'store')) : emptyDatabase(server);
}

async function emptyFolder(folder: string): Promise<EmptyStore> {
  await copyMigratedStore(folder);
  // It goes with the folder that it lies in.
  return { address: `pglite:${folder}`, remove: async () => {} };
}

async function emptyDatabase(server: string): Promise<EmptyStore> {
  const name = `suite_${randomBytes(8).toString('hex')}`;
  await query(server, `create database ${name} template ${template}`);
  return {
    address: inDatabase(server, name),
    remove: async () => void (await query(server, `drop database ${name} with (force)`)),
  };
}

function inDatabase(address: string, name: string): string {
  return Object.assign(new URL(address), { pathname: `/${name}` }).href;
}
