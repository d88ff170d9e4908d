import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { descendantsOf } from '../test/support/processes.ts';
import type { Measured } from './installation.ts';

/** What a part of the installation takes of the machine. */
export interface Usage {
  readonly mb: number;
  /** Of one core. */
  readonly cores: number;
}
export const parts = ['api', 'worker', 'store', 'temporal'] as const;
export type Usages = Readonly<Record<(typeof parts)[number], Usage>>;

const settleMs = 4_000;
const measuredMs = 8_000;
/** What Linux counts processor time in. */
const ticksPerSecond = 100;

/** What each part takes once it has come to rest. Linux tells, by /proc. */
export async function usageOf({ api, worker, postgres, temporal }: Measured): Promise<Usages> {
  await delay(settleMs);
  const measure = async (pids: readonly number[]): Promise<Usage> => {
    const begun = performance.now();
    const before = await sum(pids, processorSeconds);
    await delay(measuredMs);
    const cores = (1_000 * ((await sum(pids, processorSeconds)) - before)) / (performance.now() - begun);
    return { mb: await sum(pids, megabytes), cores };
  };
  const [ofApi, ofWorker, ofStore, ofTemporal] = await Promise.all([
    measure([api().pid]),
    measure([worker().pid]),
    measure(await descendantsOf(postgres.pid())),
    measure([temporal().pid]),
  ]);
  return { api: ofApi, worker: ofWorker, store: ofStore, temporal: ofTemporal };
}

async function sum(pids: readonly number[], of: (pid: number) => Promise<number>): Promise<number> {
  // A connection's process may have ended meanwhile.
  const all = await Promise.all(pids.map((pid) => of(pid).catch(() => 0)));
  return all.reduce((total, one) => total + one, 0);
}

async function processorSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Memory that several processes share, such as PostgreSQL's, counts once. */
async function megabytes(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss: +(\d+) kB/m.exec(text)?.[1]) / 1_024;
}
