import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { nameHolder } from '../../system/folder-lock.ts';
import { lockDescriptor } from './orphan.ts';

/**
 * A process between Gantry and its Temporal server. The channel to Gantry closes however Gantry ends, kill -9 included;
 * then the server is ended too. It stands in a session of its own, so that a Ctrl-C on the terminal reaches Gantry only,
 * which ends its workers before the server.
 */
export interface WatchOrder {
  readonly cli: string;
  readonly args: readonly string[];
  /** Whether this process was given a lock for the server to hold, as descriptor 3. */
  readonly isLocked: boolean;
  readonly logFile: string | null;
}

export interface ProcessEnd {
  readonly kind: 'ended';
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What the server wrote, or the beginning and the end of it. */
  readonly output: string;
}

export type WatchReport = { readonly kind: 'started'; readonly pid: number } | ProcessEnd;

const graceMs = 5_000;

/** So many characters of each: what went wrong may stand before a long stack trace, or at the end of a long log. */
const kept = 4_096;

process.once('message', watch);

function watch(order: WatchOrder): void {
  if (!process.connected) return;
  // The server inherits the lock, so that its folder is taken for as long as it lives, even if all of us are killed.
  const server = spawn(order.cli, order.args, {
    stdio: ['ignore', 'pipe', 'pipe', order.isLocked ? lockDescriptor : 'ignore'],
  });
  let isEnding = false;
  const end = () => {
    if (isEnding) return;
    isEnding = true;
    server.kill('SIGTERM');
    setTimeout(() => server.kill('SIGKILL'), graceMs).unref();
  };
  process.once('disconnect', end);
  process.once('message', end);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);

  const log = order.logFile === null ? null : createWriteStream(order.logFile, { flags: 'a', mode: 0o600 });
  // A full disk must not end the server.
  log?.on('error', () => undefined);
  let [first, last] = ['', ''];
  const take = (chunk: Buffer): void => {
    const text = chunk.toString();
    const room = kept - first.length;
    first += text.slice(0, room);
    last = (last + text.slice(room)).slice(-kept);
    log?.write(chunk);
  };
  server.stdout?.on('data', take);
  server.stderr?.on('data', take);
  server.on('spawn', () => {
    if (server.pid === undefined) return;
    if (order.isLocked) nameHolder(lockDescriptor, server.pid, process.pid);
    if (process.connected) process.send?.({ kind: 'started', pid: server.pid } satisfies WatchReport);
  });
  server.on('error', (error) => take(Buffer.from(error.message)));
  server.on('close', (code, signal) => {
    log?.end();
    report({ kind: 'ended', code, signal, output: (first + last).trim() });
  });
}

/** Reports how it ended, and lets this process end too. */
function report(last: WatchReport): void {
  if (process.connected) process.send?.(last, () => process.disconnect());
}
