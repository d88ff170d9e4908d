import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresServer } from '../support/postgres.ts';
import { descendantsOf } from '../support/processes.ts';

/** As long as one that was killed may take until it starts again, in milliseconds. */
const restartMs = 30_000;

/**
 * Takes a PostgreSQL away from everybody for `ms`: killed and started again, or stopped in the middle of whatever it does.
 * Resolves once it is gone.
 */
export async function takeAway(server: PostgresServer, by: 'kill' | 'stop', ms: number): Promise<void> {
  if (by === 'kill') {
    await server.kill();
    void delay(ms).then(() => startAgain(server, Date.now() + restartMs));
    return;
  }
  const pids = new Set<number>();
  // A connection may begin while the others are being stopped, and would go on to serve.
  for (let known = -1; known < pids.size; ) {
    known = pids.size;
    for (const pid of await descendantsOf(server.pid())) {
      signal(pid, 'SIGSTOP');
      pids.add(pid);
    }
  }
  void delay(ms).then(() => {
    for (const pid of pids) signal(pid, 'SIGCONT');
  });
}

/** What it left behind may still be held for a moment. */
async function startAgain(server: PostgresServer, until: number): Promise<void> {
  for (;;) {
    try {
      return await server.start();
    } catch (error) {
      if (Date.now() > until) throw error;
      await delay(100);
    }
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // A connection that has ended meanwhile has nobody to stop.
  }
}
