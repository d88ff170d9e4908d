import { stat } from 'node:fs/promises';
import type { Config } from '../../config/config.ts';
import { GantryError } from '../../domain/base/errors.ts';
import type { KnownProcess, RoleFinding, Store } from '../../store/index.ts';
import { roleFault } from '../database-roles.ts';
import { roomIn } from '../disk-room.ts';
import { openStoreAt, placeOf } from '../open-parts.ts';
import { clockFinding } from './clock.ts';
import { type Finding, type Findings, fault, ok, warning } from './finding.ts';

export interface ExaminedStore {
  readonly findings: Findings;
  /** What processes have said of themselves; null: it could not be read. */
  readonly processes: readonly KnownProcess[] | null;
}

/** Whether the store answers, has the schema of this build, and room; how its clock goes, and which processes it knows. */
export async function storeFindings({
  store: address,
  records,
}: Pick<Config, 'store' | 'records'>): Promise<ExaminedStore> {
  const unread = (...findings: Findings): ExaminedStore => ({ findings, processes: null });
  if (!address)
    return unread(fault('store', 'GANTRY_STORE is not set.', 'set GANTRY_STORE to postgres://… or pglite:<folder>'));
  // To open one that is not there would make it.
  if (address.kind === 'pglite' && !(await stat(address.folder).catch(() => null)))
    return unread(fault('store', `There is no store in ${address.folder} yet.`, 'gantry migrate makes it'));
  const disk = await diskFinding([...(address.kind === 'pglite' ? [address.folder] : []), records]);
  let store: Store;
  try {
    store = await openStoreAt(address);
  } catch (error) {
    if (!(error instanceof GantryError)) throw error;
    return unread(openFault(error, placeOf(address)), disk);
  }
  try {
    const schema = await schemaFinding(store);
    const role = address.kind === 'postgres' ? await roleFinding(store) : [];
    return {
      findings: [ok('store', `${placeOf(address)} answers.`), schema, ...role, await storeClock(store), disk],
      processes: await knownProcesses(store),
    };
  } finally {
    await store.close();
  }
}

function openFault(error: GantryError, place: string): Finding {
  if (error.code === 'store-locked')
    return warning('store', error.message, 'ask again while no process has the folder: only one may have it at a time');
  return fault(
    'store',
    `${place}: ${error.message}`,
    'start PostgreSQL, or mend GANTRY_STORE; nothing new begins without it',
  );
}

async function schemaFinding(store: Store): Promise<Finding> {
  try {
    const { newest, isNewer } = await store.checkSchema();
    return ok('schema', isNewer ? `${newest}, of a newer build that carries this one.` : `${newest}, of this build.`);
  } catch (error) {
    if (!(error instanceof GantryError)) throw error;
    const advice =
      error.code === 'schema-too-new' ? 'run the newer build here, too (docs/how-to/upgrade.md)' : 'gantry migrate';
    return fault('schema', error.message, advice);
  }
}

async function roleFinding(store: Store): Promise<Findings> {
  try {
    return [judgeRole(await store.roleFinding('api'), await store.roleFinding('worker'))];
  } catch (error) {
    // Without the tables nothing is known of rights on them; the schema says so.
    if (error instanceof GantryError) return [];
    throw error;
  }
}

/** Whether the role that opens the store fits an API or a worker: whichever of them it is for. */
function judgeRole(api: RoleFinding, worker: RoleFinding): Finding {
  const [kind, nearest] =
    worker.missing.length < api.missing.length ? (['worker', worker] as const) : (['api', api] as const);
  for (const [who, one] of [['an API', api] as const, ['a worker', worker] as const])
    if (one.missing.length === 0 && one.excess === null)
      return ok('store-role', `The role ${one.role} has what ${who} needs, and no more.`);
  const text = roleFault(kind, nearest) ?? '';
  const advice =
    'gantry migrate --api-store FILE --worker-store FILE as the owner of the tables; then open the store as the role of the process (docs/security.md)';
  // It may run programs on the database's machine, and read every database there.
  return nearest.isSuperuser ? fault('store-role', text, advice) : warning('store-role', text, advice);
}

async function knownProcesses(store: Store): Promise<readonly KnownProcess[] | null> {
  try {
    return await store.processes();
  } catch (error) {
    // Without the table, or rights on it, there is nothing to read; schema and role say so.
    if (error instanceof GantryError) return null;
    throw error;
  }
}

async function storeClock(store: Store): Promise<Finding> {
  const before = Date.now();
  const at = await store.now();
  return clockFinding('the store', at - (before + Date.now()) / 2);
}

async function diskFinding(folders: readonly string[]): Promise<Finding> {
  const full = await roomIn(folders)();
  return full === null
    ? ok('disk', `There is room where this process writes: ${folders.join(', ')}.`)
    : fault('disk', full, 'make room: nothing new begins until there is');
}
