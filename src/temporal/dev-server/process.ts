import { homedir, tmpdir } from 'node:os';
import { forkProgram } from '../../system/fork-program.ts';
import type { ProcessEnd, WatchOrder, WatchReport } from './dev-server-watch.ts';
import { sendSignal } from './send-signal.ts';

export type WatchedProcess = ReturnType<typeof startWatched>;

/** The watcher gives the server 5 s to end; then it is the watcher itself that does not answer. */
const stopMs = 7_000;

/**
 * Starts a server that ends when this process ends, however that happens. `lock` is the descriptor of a lock that the
 * server is to hold for as long as it lives.
 */
export function startWatched(order: WatchOrder, lock: number | null) {
  const watcher = forkProgram('dev-server-watch.ts', import.meta.url, {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', lock ?? 'ignore', 'ipc'],
    // Nothing of ours is the server's business; TEMPORAL_ variables, which are meant for clients, would change it.
    env: { HOME: homedir(), TMPDIR: tmpdir() },
  });
  let serverPid: number | null = null;
  let last: ProcessEnd | undefined;
  const first = new Promise<void>((resolve) => {
    watcher.on('message', (report: WatchReport) => {
      if (report.kind === 'started') serverPid = report.pid;
      else last = report;
      resolve();
    });
  });
  const ended = new Promise<ProcessEnd>((resolve) => {
    watcher.on('error', (error) => {
      last ??= { kind: 'ended', code: null, signal: null, output: error.message };
      if (watcher.pid === undefined) resolve(last);
    });
    watcher.on('exit', (code, signal) => {
      // A watcher that ended without a report was killed: then only we can end the server.
      if (last === undefined) sendSignal(serverPid, 'SIGKILL');
      resolve(last ?? { kind: 'ended', code, signal, output: 'the process that watches the server ended' });
    });
  });
  watcher.send(order);

  return {
    /** The server's process id, `null` when it ended before it had one. */
    started: Promise.race([first, ended]).then(() => serverPid),
    ended,
    async stop(): Promise<void> {
      if (watcher.connected) watcher.send('stop');
      const timer = setTimeout(() => sendSignal(watcher.pid, 'SIGKILL'), stopMs);
      await ended;
      clearTimeout(timer);
    },
  };
}
