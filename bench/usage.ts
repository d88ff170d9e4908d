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
export interface Parts<T> {
  readonly api: T;
  readonly worker: T;
  readonly store: T;
}

const settleMs = 5_000;
const measuredMs = 10_000;
/** What Linux counts processor time in. */
const ticksPerSecond = 100;

/** What API, worker and PostgreSQL take once they have come to rest. Linux tells, by /proc. */
export async function usageOf({ api, worker, postgres }: Measured): Promise<Parts<Usage>> {
  await delay(settleMs);
  const pids = { api: [api().pid], worker: [worker().pid], store: await descendantsOf(postgres.pid()) };
  const measure = async (all: readonly number[]) => {
    const begun = performance.now();
    const before = await sum(all, processorSeconds);
    await delay(measuredMs);
    const cores = (1_000 * ((await sum(all, processorSeconds)) - before)) / (performance.now() - begun);
    return { mb: await sum(all, megabytes), cores };
  };
  const [ofApi, ofWorker, ofStore] = await Promise.all([measure(pids.api), measure(pids.worker), measure(pids.store)]);
  return { api: ofApi, worker: ofWorker, store: ofStore };
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
