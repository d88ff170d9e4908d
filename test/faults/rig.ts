import { setTimeout as delay } from 'node:timers/promises';
import { type Installation, startInstallation } from '../support/installation.ts';
import { testPolicy } from '../support/policy.ts';
import type { GantryProcess } from '../support/processes.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** An installation whose every part can be hurt: an API and two workers, with a proxy before the store and before Temporal. */
export interface Rig {
  readonly there: Installation;
  readonly ways: { readonly store: TcpProxy; readonly temporal: TcpProxy };
  /** For one fault of the installation at a time: null while another one lasts. Answers how to give it back. */
  occupy(): (() => void) | null;
  killWorker(which: number): Promise<void>;
  /** SIGSTOP; answers how to let it go on. */
  stopWorker(which: number): () => void;
  /** Starts a worker and ends an old one gently. */
  replaceWorker(which: number): Promise<void>;
  /** Starts two workers of a new build and makes it the current one; those of the old build go on with what they began. */
  rollOut(): Promise<void>;
  /** Ends workers of former builds, once nothing that they began runs any more. */
  retire(): Promise<void>;
  killApi(): Promise<void>;
  killTemporal(): Promise<void>;
  /** What every worker has printed, those that have ended included. */
  printed(): string;
  close(): Promise<void>;
}

const starts = 10;
const startAgainMs = 1_000;

const limits = { window: '30s', target: '60s', executing: '3m', step: '20s', gate: '20s', manual: '20s', pause: '5s' };
const policy = {
  ...testPolicy,
  environments: { production: { ...testPolicy.environments.production, limits } },
};

export async function startRig(): Promise<Rig> {
  const proxies: TcpProxy[] = [];
  const via = async (address: string) => {
    const [, host, port] = /^(.*[@/]|)127\.0\.0\.1:(\d+)/.exec(address) ?? [];
    const proxy = await startTcpProxy(() => Number(port));
    proxies.push(proxy);
    return address.replace(`${host}127.0.0.1:${port}`, `${host}127.0.0.1:${proxy.port}`);
  };
  const there = await startInstallation({
    policy,
    env: async (_url, parts) => ({
      GANTRY_STORE: await via(parts.store),
      TEMPORAL_ADDRESS: await via(parts.temporal),
    }),
  });
  const [store, temporal] = proxies;
  if (!store || !temporal) throw new Error('there is no way to store and Temporal');
  const all: GantryProcess[] = [];
  let builds = 0;
  /** As a supervisor does it: one that cannot start, since its store or Temporal is away, is started again. */
  const start = async () => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const worker = await there.startWorker({ GANTRY_BUILD: `build-${builds}` });
        all.push(worker);
        return worker;
      } catch (error) {
        if (attempt === starts) throw error;
        await delay(startAgainMs);
      }
    }
  };
  let workers = await Promise.all([start(), start()]);
  const former: GantryProcess[] = [];
  let isOccupied = false;
  const place = (which: number) => which % workers.length;
  return {
    there,
    ways: { store, temporal },
    occupy() {
      if (isOccupied) return null;
      isOccupied = true;
      return () => {
        isOccupied = false;
      };
    },
    async killWorker(which) {
      await workers[place(which)]?.kill('SIGKILL');
      workers[place(which)] = await start();
    },
    stopWorker(which) {
      const pid = workers[place(which)]?.pid ?? 0;
      process.kill(pid, 'SIGSTOP');
      return () => process.kill(pid, 'SIGCONT');
    },
    async replaceWorker(which) {
      const next = await start();
      await workers[place(which)]?.kill('SIGTERM');
      workers[place(which)] = next;
    },
    async rollOut() {
      builds += 1;
      former.push(...workers);
      workers = await Promise.all([start(), start()]);
      await there.run('worker', 'promote', `build-${builds}`);
    },
    async retire() {
      await Promise.all(former.splice(0).map((one) => one.kill('SIGTERM')));
    },
    killApi: () => there.restartApi({}, 'SIGKILL'),
    async killTemporal() {
      process.kill(there.temporal().pid, 'SIGKILL');
      await there.temporal().exited;
      await there.restartTemporal();
    },
    printed: () => all.map((one) => one.output()).join('\n'),
    async close() {
      await there.stop();
      await Promise.all(proxies.map((proxy) => proxy.close()));
    },
  };
}
