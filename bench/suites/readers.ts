import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createToken } from '../../src/main/tokens.ts';
import { subjects } from '../../test/support/policy.ts';
import type { Bench, Suite } from '../bench.ts';
import { median } from '../spans.ts';

const crowd = 500;
/** What the crowd gets to find the deployment and to wait for it. */
const gatherMs = 3_000;
const script = fileURLToPath(new URL('../crowd.ts', import.meta.url));

/** What waiting readers do to a reaction: they wait in a process of their own, for the very deployments that are measured. */
export const readers: Suite = {
  name: 'readers',
  async run(bench) {
    bench.say('breach in a hold → first compensation starts, beside readers that wait for this deployment');
    const service = 'read';
    const world = await bench.hangingWorld(service);
    const measure = (from: number) =>
      bench.each(bench.runs, (i) => bench.breach(world, service, `2.${from}.${i}`, 'hold', () => delay(gatherMs)));
    const alone = await measure(0);
    bench.show({ name: '  0 readers', unit: 'ms', values: alone, budget: 40 });
    const stop = await gather(bench, service);
    const crowded = await measure(1);
    await stop();
    bench.show({ name: `  ${crowd} readers`, unit: 'ms', values: crowded, budget: 40 });
    const ratio = median(crowded) / median(alone);
    bench.show({ name: '  ratio of the medians', unit: '×', values: [ratio], budget: 1.2 });
  },
};

/** Starts the crowd; it follows the newest deployment of a service, whichever that is. */
async function gather({ rig }: Bench, service: string): Promise<() => Promise<void>> {
  const tokens = await Promise.all(subjects.map((subject) => createToken(rig.store, subject)));
  const crowdProcess: ChildProcess = spawn(process.execPath, ['--import', 'tsx', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, CROWD: JSON.stringify({ url: rig.url, service, readers: crowd, tokens }) },
  });
  if (crowdProcess.stdout) await once(crowdProcess.stdout, 'data');
  return async () => {
    crowdProcess.kill();
    await once(crowdProcess, 'exit');
  };
}
