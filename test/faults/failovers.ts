import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import type { PostgresServer, Standby } from '../support/postgres.ts';
import { startTcpProxy } from './tcp-proxy.ts';

/** A PostgreSQL whose place a standby takes, again and again, which lacks what the last second has brought. */
export interface Failovers {
  /** At which everybody finds whichever serves. */
  readonly port: number;
  /** Makes a standby that follows, always up to a second behind. */
  prepare(): Promise<void>;
  /** Kills the one that serves; the standby is promoted `ms` later. Resolves once nobody serves. */
  strike(ms: number): Promise<void>;
  /** Once the standby serves: the first one goes on with its data. Without a strike nothing changes. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

const lagMs = 1_000;

interface Follower {
  readonly standby: Standby;
  isFollowing: boolean;
  /** Over once it follows no more. */
  lagging: Promise<void>;
}

export async function startFailovers(server: PostgresServer, port: number): Promise<Failovers> {
  let serving = port;
  const front = await startTcpProxy(() => serving);
  const replication = await startTcpProxy(() => port);
  let follower: Follower | null = null;
  let promoted: Promise<void> | null = null;

  /** Until it is told to end: nothing arrives for a second, then all that has been written. */
  const lag = async (standby: Standby, isFollowing: () => boolean) => {
    while (isFollowing()) {
      replication.hang();
      await delay(lagMs);
      if (!isFollowing()) return;
      replication.open();
      await eventually(async () => !isFollowing() || (await standby.isLevel()), Boolean);
    }
  };
  const serveFrom = (where: number) => {
    serving = where;
    front.cut();
  };

  return {
    port: front.port,
    async prepare() {
      replication.open();
      const standby = await server.standby(replication.port);
      await eventually(() => standby.isLevel(), Boolean);
      const one: Follower = { standby, isFollowing: true, lagging: Promise.resolve() };
      // The server that it compares with may be killed meanwhile.
      one.lagging = lag(standby, () => one.isFollowing).catch(() => undefined);
      follower = one;
    },
    async strike(ms) {
      if (!follower) throw new Error('no standby follows');
      const { standby } = follower;
      follower.isFollowing = false;
      replication.refuse();
      await server.kill();
      promoted = delay(ms).then(async () => {
        await standby.run('select pg_promote()');
        serveFrom(standby.port);
      });
    },
    async settle() {
      if (!follower) return;
      const { standby, lagging } = follower;
      follower.isFollowing = false;
      follower = null;
      await lagging;
      if (!promoted) return standby.end();
      await promoted;
      promoted = null;
      await standby.giveBack();
      serveFrom(port);
    },
    async close() {
      await front.close();
      await replication.close();
    },
  };
}
