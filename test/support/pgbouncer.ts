import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { executablesOnPath, isExecutableFile } from '../../src/temporal/dev-server/executables.ts';
import { freePorts } from '../../src/temporal/dev-server/free-ports.ts';
import { debianPackages } from './debian-packages.ts';
import { answers, leash, unprivilegedUser } from './postgres.ts';

/** Debian's packages: of the program, and of the libraries that a bare system lacks. */
const packages = ['pgbouncer', 'libevent-2.1-7', 'libc-ares2'];

interface PgBouncer {
  /** The address of the same database behind it. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Starts PgBouncer in front of a database, in transaction pooling mode and else with its own defaults. */
export async function startPgBouncer(database: string, settings: readonly string[] = []): Promise<PgBouncer> {
  const user = await unprivilegedUser();
  const { hostname, port: serverPort, username, password, pathname } = new URL(database);
  const folder = await mkdtemp(join(tmpdir(), 'gantry-pgbouncer-'));
  const { program, env } = await findPgBouncer(folder);
  const files = { users: join(folder, 'users'), settings: join(folder, 'pgbouncer.ini') };
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const [port = 0] = await freePorts('127.0.0.1', 1);
    await writeFile(files.users, `"${username}" "${password}"\n`);
    await writeFile(
      files.settings,
      [
        '[databases]',
        `* = host=${hostname} port=${serverPort}`,
        '[pgbouncer]',
        'pool_mode = transaction',
        'listen_addr = 127.0.0.1',
        `listen_port = ${port}`,
        'unix_socket_dir =',
        'auth_type = scram-sha-256',
        `auth_file = ${files.users}`,
        ...settings,
        '',
      ].join('\n'),
    );
    if (user) for (const path of [folder, ...Object.values(files)]) await chown(path, user.uid, user.gid);
    const child = spawn('/bin/sh', ['-c', leash, 'sh', program, '-q', files.settings], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['pipe', 'ignore', 'ignore'],
      ...user,
    });
    const stop = async () => {
      const isRunning = child.exitCode === null && child.signalCode === null;
      const ended = isRunning ? once(child, 'exit') : null;
      child.stdin.end();
      await ended;
      await rm(folder, { recursive: true, force: true });
    };
    const address = `postgres://${username}:${password}@127.0.0.1:${port}${pathname}`;
    while (child.exitCode === null && child.signalCode === null) {
      if (await answers(address)) return { address, stop };
      await delay(50);
    }
    // A free port may be lost to somebody else before it has it.
  }
  await rm(folder, { recursive: true, force: true });
  throw new Error('PgBouncer does not start');
}

interface Found {
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The one of this machine, or else Debian's packages, unpacked where nobody else sees them: that takes no root. */
async function findPgBouncer(folder: string): Promise<Found> {
  const [onPath] = await executablesOnPath('pgbouncer', process.env);
  for (const program of [onPath, '/usr/sbin/pgbouncer'])
    if (program !== undefined && (await isExecutableFile(program))) return { program, env: {} };
  const made = await debianPackages('pgbouncer', packages).catch((cause: unknown) => {
    throw new Error("These tests need PgBouncer: it is neither on PATH nor to be had from Debian's packages.", {
      cause,
    });
  });
  // A copy, since node_modules may belong to a user whom it may not run as.
  const native = join(folder, 'native');
  await cp(made, native, { recursive: true });
  const libraries = (await readdir(join(native, 'usr', 'lib'), { recursive: true, withFileTypes: true }))
    .filter(({ name }) => name.includes('.so'))
    .map(({ parentPath }) => parentPath);
  return {
    program: join(native, 'usr', 'sbin', 'pgbouncer'),
    env: { LD_LIBRARY_PATH: [...new Set(libraries)].join(':') },
  };
}
