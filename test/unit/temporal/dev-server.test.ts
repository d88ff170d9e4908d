import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { connect } from '../../../src/temporal/connection.ts';
import { type DevServer, type DevServerOptions, startDevServer } from '../../../src/temporal/dev-server/dev-server.ts';
import { freePorts } from '../../../src/temporal/dev-server/free-ports.ts';
import { descendantsOf, isAlive } from '../../support/processes.ts';
import { cliForTests } from '../../support/temporal.ts';

let cli: string;
let dataDir: string;
const servers: DevServer[] = [];
const children: ChildProcess[] = [];
const listeners: Server[] = [];

beforeAll(async () => {
  cli = await cliForTests();
}, 600_000);

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gantry-dev-server-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const listener of listeners.splice(0)) listener.close();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  await rm(dataDir, { recursive: true, force: true });
});

it('answers on loopback once it has started, and is gone when it was stopped', async () => {
  const server = await start({ dataDir: null, uiPort: null });
  const watcher = await parentOf(server.pid);
  const { client, close } = await connect(server);
  await client.workflow.start('nothing', { taskQueue: 'nobody', workflowId: 'one' });
  // Of the line that this run of the suite is for.
  const { serverVersion } = await client.workflowService.getSystemInfo({});
  expect(serverVersion.startsWith(`${inject('temporalLine')}.`)).toBe(true);
  await close();
  expect(server.address).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(server.uiUrl).toBeNull();

  await server.stop();

  expect(await server.exited).toMatchObject({ code: 0, signal: null });
  expect([isAlive(server.pid), isAlive(watcher)]).toEqual([false, false]);
  await server.stop();
});

it('creates the namespace that it was asked for', async () => {
  const server = await start({ dataDir: null, uiPort: null, namespace: 'changes' });
  const { client, close } = await connect(server);

  expect(server.namespace).toBe('changes');
  await expect(client.workflow.getHandle('none').describe()).rejects.toThrow(/not found/i);
  await close();
});

it('shows its web page at the address that it names', async () => {
  const server = await start({ dataDir: null });
  const page = await fetch(server.uiUrl ?? '');

  expect(page.status).toBe(200);
  expect(await page.text()).toContain('<html');
});

it('starts the server with the settings that take away its waits', async () => {
  const flags = (await readFile(`/proc/${(await start({ dataDir: null, uiPort: null })).pid}/cmdline`, 'utf8')).split(
    '\0',
  );

  expect(flags.filter((flag) => /^(history|system)\./.test(flag))).toEqual([
    'history.transferProcessorMaxPollRPS=1000',
    'history.timerProcessorMaxPollRPS=1000',
    'history.timerProcessorMaxTimeShift="10ms"',
    'system.enableActivityEagerExecution=true',
  ]);
});

it('dies with the process that started it, even by kill -9, and goes on where it was at the same address', async () => {
  const folder = join(dataDir, 'new');
  const first = await startInAnotherProcess({ cli, dataDir: folder, uiPort: null });
  const watcher = await parentOf(first.pid);
  const before = await connect({ address: first.address, namespace: 'default' });
  const { firstExecutionRunId } = await before.client.workflow.start('nothing', {
    taskQueue: 'nobody',
    workflowId: 'survivor',
  });
  await before.close();
  expect((await stat(folder)).mode & 0o777).toBe(0o700);

  first.process.kill('SIGKILL');
  const second = await start({ dataDir: folder, uiPort: null, port: Number(first.address.split(':')[1]) });

  expect(isAlive(first.pid)).toBe(false);
  await expect.poll(() => isAlive(watcher)).toBe(false);
  expect(second.address).toBe(first.address);
  const after = await connect(second);
  const survivor = await after.client.workflow.getHandle('survivor').describe();
  expect([survivor.runId, survivor.status.name]).toEqual([firstExecutionRunId, 'RUNNING']);
  await after.close();
}, 40_000);

it('keeps what was acknowledged when the server itself is killed', async () => {
  const first = await start({ dataDir, uiPort: null });
  const before = await connect(first);
  await before.client.workflow.start('nothing', { taskQueue: 'nobody', workflowId: 'survivor' });
  await before.close();
  process.kill(first.pid, 'SIGKILL');
  expect(await first.exited).toMatchObject({ code: null, signal: 'SIGKILL' });

  const after = await connect(await start({ dataDir, uiPort: null }));

  expect((await after.client.workflow.getHandle('survivor').describe()).status.name).toBe('RUNNING');
  await after.close();
}, 40_000);

it('does not outlive its watcher', async () => {
  // Without the pipe to its watcher, whose end would be the end of a server that writes to it.
  const quiet = await script(`exec ${cli} "$@" >/dev/null 2>&1`);
  const server = await start({ cli: quiet, dataDir: null, uiPort: null });
  process.kill(await parentOf(server.pid), 'SIGKILL');

  expect((await server.exited).output).toContain('the process that watches the server ended');
  await expect.poll(() => isAlive(server.pid)).toBe(false);
});

it('refuses a folder that another server uses, and names that one', async () => {
  const { pid } = await start({ dataDir, uiPort: null });

  await expect(start({ dataDir, uiPort: null, startTimeoutMs: 500 })).rejects.toMatchObject({
    code: 'store-locked',
    message: expect.stringContaining(`Process ${pid} uses the Temporal data in ${dataDir}`),
  });
  expect(isAlive(pid)).toBe(true);
}, 30_000);

it('ends a server whose parent and watcher were killed, and takes its place', async () => {
  const quiet = await script(`exec ${cli} "$@" >/dev/null 2>&1`);
  const first = await startInAnotherProcess({ cli: quiet, dataDir, uiPort: null });
  await killStarterAndWatcher(first);
  expect(isAlive(first.pid)).toBe(true);

  const second = await start({ dataDir, uiPort: null, port: Number(first.address.split(':')[1]) });

  expect(isAlive(first.pid)).toBe(false);
  expect(second.address).toBe(first.address);
}, 40_000);

it('refuses the folder of such a server that does not end', async () => {
  const stubborn = await script(`${cli} "$@" >/dev/null 2>&1 & trap '' TERM; while :; do wait $!; done`);
  const first = await startInAnotherProcess({ cli: stubborn, dataDir, uiPort: null });
  const below = await descendantsOf(first.pid);
  await killStarterAndWatcher(first);
  try {
    await expect(start({ dataDir, uiPort: null, startTimeoutMs: 1_000 })).rejects.toMatchObject({
      code: 'store-locked',
      message: expect.stringContaining(`Process ${first.pid} uses`),
    });
  } finally {
    for (const pid of [first.pid, ...below]) process.kill(pid, 'SIGKILL');
  }
}, 40_000);

it('refuses a port that stays in use, even by another Temporal server', async () => {
  const other = await start({ dataDir: null, uiPort: null });
  const port = Number(other.address.split(':')[1]);

  await expect(start({ dataDir: null, uiPort: null, port, startTimeoutMs: 300 })).rejects.toMatchObject({
    code: 'engine-unavailable',
    message: `Port ${port} on 127.0.0.1 is in use`,
  });
});

it('waits for a port that is given back', async () => {
  const [port = 0] = await freePorts('127.0.0.1', 1);
  const holder = createServer();
  listeners.push(holder);
  holder.listen(port, '127.0.0.1');
  await once(holder, 'listening');
  const freed = once(holder, 'close').then(() => Date.now());
  setTimeout(() => holder.close(), 300);

  const server = await start({ dataDir: null, uiPort: null, port });

  expect(server.address).toBe(`127.0.0.1:${port}`);
  expect(await freed).toBeLessThanOrEqual(Date.now());
}, 40_000);

it('takes other ports when one is taken in between', async () => {
  const log = join(dataDir, 'calls');
  const unlucky = await script(
    `echo x >> ${log}; [ $(wc -l < ${log}) -ge 3 ] && exec ${cli} "$@"; echo "listen: bind: address already in use" >&2; seq 5000 >&2; exit 2`,
  );

  const server = await start({ cli: unlucky, dataDir: null, uiPort: null });

  expect((await readFile(log, 'utf8')).trim().split('\n')).toHaveLength(3);
  await (await connect(server)).close();
}, 40_000);

it('reports the output of a server that ended at its start', async () => {
  const broken = await script('echo "no such schema" >&2; exit 7');
  const logFile = join(dataDir, 'server.log');

  await expect(start({ cli: broken, dataDir, uiPort: null, logFile })).rejects.toMatchObject({
    code: 'engine-unavailable',
    message: 'The Temporal server ended with exit code 7 at its start: no such schema',
  });
  expect(await readFile(logFile, 'utf8')).toBe('no such schema\n');
});

it('reports a program that cannot be started', async () => {
  await expect(start({ cli: join(dataDir, 'none'), dataDir: null, uiPort: null })).rejects.toMatchObject({
    code: 'engine-unavailable',
    message: expect.stringContaining('ENOENT'),
  });
});

it('gives up on a server that never answers, and ends it', async () => {
  const pidFile = join(dataDir, 'pid');
  const silent = await script(`echo $$ > ${pidFile}; echo thinking; exec sleep 60`);

  await expect(start({ cli: silent, dataDir: null, uiPort: null, startTimeoutMs: 1_000 })).rejects.toMatchObject({
    code: 'engine-unavailable',
    message: 'The Temporal server did not answer within 1 s: thinking',
  });
  expect(isAlive(Number(await readFile(pidFile, 'utf8')))).toBe(false);
});

it('kills a server that ignores SIGTERM after its parent is gone', async () => {
  const pidFile = join(dataDir, 'pid');
  const stubborn = await script(`trap '' TERM; echo $$ > ${pidFile}; while :; do sleep 1; done`);
  const starter = inAnotherProcess({ cli: stubborn, dataDir: null, uiPort: null });
  await expect.poll(() => readFile(pidFile, 'utf8').catch(() => ''), { timeout: 15_000 }).toMatch(/\d\n$/);

  starter.kill('SIGKILL');

  const pid = Number(await readFile(pidFile, 'utf8'));
  await expect.poll(() => isAlive(pid), { timeout: 15_000 }).toBe(false);
}, 40_000);

it('keeps the variables meant for clients from the server', async () => {
  const seen = join(dataDir, 'seen');
  const curious = await script(`/usr/bin/env > ${seen}; exit 1`);
  process.env['TEMPORAL_ADDRESS'] = 'elsewhere:7233';
  try {
    await expect(start({ cli: curious, dataDir: null, uiPort: null })).rejects.toThrow(/exit code 1/);
  } finally {
    delete process.env['TEMPORAL_ADDRESS'];
  }
  await access(seen);
  expect(await readFile(seen, 'utf8')).not.toContain('TEMPORAL_');
});

async function start(options: Omit<DevServerOptions, 'cli'> & { readonly cli?: string }): Promise<DevServer> {
  const server = await startDevServer({ cli, ...options });
  servers.push(server);
  return server;
}

function inAnotherProcess(options: DevServerOptions): ChildProcessByStdio<null, Readable, null> {
  const module = new URL('../../../src/temporal/dev-server/dev-server.ts', import.meta.url).href;
  const code = `import { startDevServer } from ${JSON.stringify(module)};
const { pid, address } = await startDevServer(${JSON.stringify(options)});
console.log(JSON.stringify({ pid, address }));`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

async function startInAnotherProcess(
  options: DevServerOptions,
): Promise<{ readonly process: ChildProcess; readonly pid: number; readonly address: string }> {
  const child = inAnotherProcess(options);
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line') as Promise<[string]>,
    once(child, 'exit').then((): never => {
      throw new Error('it ended before its server answered');
    }),
  ]);
  return { process: child, ...(JSON.parse(line) as { pid: number; address: string }) };
}

async function parentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]);
}

/** Whoever kills every Node process of a machine kills both. */
async function killStarterAndWatcher(server: { readonly process: ChildProcess; readonly pid: number }): Promise<void> {
  const watcher = await parentOf(server.pid);
  // Stopped first: it must not see its watcher die and end the server itself.
  server.process.kill('SIGSTOP');
  process.kill(watcher, 'SIGKILL');
  server.process.kill('SIGKILL');
  await expect.poll(() => isAlive(watcher)).toBe(false);
}

async function script(body: string): Promise<string> {
  const file = join(dataDir, 'fake-cli');
  await writeFile(file, `#!/bin/sh\nPATH=/usr/bin:/bin\n${body}\n`);
  await chmod(file, 0o755);
  return file;
}
