import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GantryError } from '../../domain/base/errors.ts';
import { type FolderLock, holderInWords, lockFolder } from '../../system/folder-lock.ts';
import type { ProcessEnd } from './dev-server-watch.ts';
import { freePorts, isPortFree } from './free-ports.ts';
import { endOrphan } from './orphan.ts';
import { startWatched, type WatchedProcess } from './process.ts';
import { answersBefore } from './readiness.ts';

/**
 * What makes a server quick enough for a change that is being watched. By default a shard loads its queues 20 times a
 * second and lets timers fire up to a second late, and the development server has one shard: every activity of a
 * sequence then costs 100 ms and every timer about a second.
 */
export const dynamicConfigValues = [
  'history.transferProcessorMaxPollRPS=1000',
  'history.timerProcessorMaxPollRPS=1000',
  'history.timerProcessorMaxTimeShift="10ms"',
  // A compensation begins with the workflow task that decided on it, without standing in a queue.
  'system.enableActivityEagerExecution=true',
  // Else a worker that stops waits for the server to end its polls, and for a minute where one comes at the same instant.
  'frontend.enableCancelWorkerPollsOnShutdown=false',
] as const;

export interface DevServerOptions {
  /** The Temporal CLI, as `findTemporalCli` found it. */
  readonly cli: string;
  /** Folder whose file `temporal.db` keeps everything over a restart; `null` keeps it in memory. */
  readonly dataDir: string | null;
  /** A free one when absent. One that is in use is waited for: a server that was just killed may still hold it. */
  readonly port?: number | undefined;
  /** Port of Temporal's web page: a free one when absent, no page when `null`. */
  readonly uiPort?: number | null | undefined;
  /** Created when it is not there; `default` when absent. */
  readonly namespace?: string | undefined;
  /** Where the server's warnings are appended. */
  readonly logFile?: string | undefined;
  /** Two minutes when absent: a server that ends is noticed at once, and a busy machine needs its time. */
  readonly startTimeoutMs?: number | undefined;
  /** Dynamic configuration beside {@link dynamicConfigValues}, as `name=value`. */
  readonly dynamicConfig?: readonly string[] | undefined;
}

export interface DevServer {
  /** `127.0.0.1:port` of the gRPC frontend. */
  readonly address: string;
  readonly uiUrl: string | null;
  readonly namespace: string;
  /** Of the server itself, not of the process that watches it. */
  readonly pid: number;
  /** Resolves when the server ended, by `stop` or by itself. */
  readonly exited: Promise<ProcessEnd>;
  /** Asks it to end, and makes it after 5 s. Resolves when it is gone; may be called again. */
  readonly stop: () => Promise<void>;
}

const ip = '127.0.0.1';
const lookAgainMs = 50;
const defaultStartTimeoutMs = 120_000;

/** A server whose Gantry was killed a moment ago needs up to 5 s to let go of its folder. */
const lockWaitMs = 8_000;

/**
 * Starts a development server on loopback and resolves once it answers. It ends with this process, kill -9 included.
 * Throws `store-locked` when another server uses the folder, `engine-unavailable` when it does not come up in time.
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const until = Date.now() + (options.startTimeoutMs ?? defaultStartTimeoutMs);
  const lock = options.dataDir === null ? null : await lockData(options.dataDir, until);
  try {
    return await startLocked(options, lock, until);
  } finally {
    // From here on the server itself holds it.
    lock?.release();
  }
}

async function lockData(dataDir: string, until: number): Promise<FolderLock> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const waitMs = Math.min(lockWaitMs, until - Date.now());
  const lock = await lockFolder(dataDir, { waitMs, waiting: () => endOrphan(dataDir) });
  if (lock !== null) return lock;
  const holder = await holderInWords(dataDir);
  throw new GantryError(
    'store-locked',
    `${holder} uses the Temporal data in ${dataDir}: end it, or use another folder.`,
  );
}

async function startLocked(options: DevServerOptions, lock: FolderLock | null, until: number): Promise<DevServer> {
  const { namespace = 'default', startTimeoutMs = defaultStartTimeoutMs } = options;
  for (;;) {
    const ports = await choosePorts(options, until);
    const order = {
      cli: options.cli,
      args: flags(options, namespace, ports),
      isLocked: lock !== null,
      logFile: options.logFile ?? null,
    };
    const server = startWatched(order, lock?.descriptor ?? null);
    const address = `${ip}:${ports.frontend}`;
    const start = await untilReady(server, address, namespace, until);
    switch (start.kind) {
      case 'ready':
        return {
          address,
          namespace,
          uiUrl: ports.ui === null ? null : `http://${ip}:${ports.ui}`,
          pid: start.pid,
          exited: server.ended,
          stop: () => server.stop(),
        };
      case 'late':
        throw failure(`did not answer within ${startTimeoutMs / 1_000} s`, start.output);
      case 'ended':
        // Another process has taken a port that was free a moment ago: ours, or one that the server chose for itself.
        if (start.output.includes('address already in use') && Date.now() < until) continue;
        throw failure(`ended with ${start.signal ?? `exit code ${start.code}`} at its start`, start.output);
    }
  }
}

type Ports = Awaited<ReturnType<typeof choosePorts>>;

async function choosePorts({ port, uiPort }: DevServerOptions, until: number) {
  for (const wanted of [port, uiPort]) {
    if (typeof wanted !== 'number') continue;
    // Also where the port is in use by another Temporal server: that one would answer in the place of ours.
    while (!(await isPortFree(ip, wanted))) {
      if (Date.now() >= until) throw new GantryError('engine-unavailable', `Port ${wanted} on ${ip} is in use`);
      await delay(lookAgainMs);
    }
  }
  const [first = 0, second = 0] = await freePorts(ip, 2);
  return { frontend: port ?? first, ui: uiPort === undefined ? second : uiPort };
}

function flags({ dataDir, dynamicConfig = [] }: DevServerOptions, namespace: string, ports: Ports): string[] {
  const page = ports.ui === null ? ['--headless'] : ['--ui-port', String(ports.ui)];
  const file = dataDir === null ? [] : ['--db-filename', join(dataDir, 'temporal.db')];
  const created = namespace === 'default' ? [] : ['--namespace', namespace];
  const tuning = [...dynamicConfigValues, ...dynamicConfig].flatMap((value) => ['--dynamic-config-value', value]);
  const frontend = ['--ip', ip, '--port', String(ports.frontend)];
  return ['server', 'start-dev', '--log-level', 'warn', ...frontend, ...page, ...file, ...created, ...tuning];
}

type Start =
  | { readonly kind: 'ready'; readonly pid: number }
  | { readonly kind: 'late'; readonly output: string }
  | ProcessEnd;

async function untilReady(server: WatchedProcess, address: string, namespace: string, until: number): Promise<Start> {
  const given = new AbortController();
  const timer = setTimeout(() => given.abort(), Math.max(0, until - Date.now()));
  const ended = server.ended.finally(() => given.abort());
  try {
    const pid = await server.started;
    if (pid === null) return await ended;
    const start = await Promise.race([ended, answersBefore(address, namespace, given.signal)]);
    if (start === true) return { kind: 'ready', pid };
    if (start !== false) return start;
    await server.stop();
    const end = await ended;
    return { kind: 'late', output: end.output };
  } finally {
    clearTimeout(timer);
  }
}

function failure(what: string, output: string): GantryError {
  return new GantryError('engine-unavailable', `The Temporal server ${what}${output === '' ? '' : `: ${output}`}`);
}
