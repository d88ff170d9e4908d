import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Bench, Suite } from '../bench.ts';
import { median } from '../spans.ts';

const crowd = 500;
/** Before each breach: the crowd takes about as long to gather, and to come to rest. */
const gatherMs = 1_500;
/** Of a ratio near one the medians have to be good. */
const timesRuns = 1.2;
const script = fileURLToPath(new URL('../crowd.ts', import.meta.url));

/** What waiting readers do to a reaction: they wait in a process of their own, for the very deployments that are measured. */
export const readers: Suite = {
  name: 'readers',
  async run(bench) {
    bench.say('breach in a hold → first compensation starts, beside readers that wait for this deployment');
    const service = 'read';
    const world = await bench.hangingWorld(service);
    const people = gather(bench);
    const measure = (release: string, readBy: (id: string) => Promise<unknown>) =>
      bench
        .breach({ world, service, release, what: 'hold', before: (id) => Promise.all([delay(gatherMs), readBy(id)]) })
        .then(({ starts }) => starts);
    try {
      // In turns, so that whatever else the machine does meets both.
      const pairs = await bench.each(Math.round(timesRuns * bench.runs), async (i) => [
        await measure(`2.0.${i}`, () => Promise.resolve()),
        await measure(`2.1.${i}`, (id) => people.readAll(id)),
      ]);
      const [alone, crowded] = [0, 1].map((which) => pairs.map((pair) => pair[which] ?? Number.NaN));
      bench.show({ name: '  0 readers', unit: 'ms', values: alone ?? [], budget: 40 });
      bench.show({ name: `  ${crowd} readers`, unit: 'ms', values: crowded ?? [], budget: 40 });
      const ratio = median(crowded ?? []) / median(alone ?? []);
      bench.show({ name: '  ratio of the medians', unit: '×', values: [ratio], budget: 1.2 });
    } finally {
      await people.stop();
    }
  },
};

/** Starts the crowd. Its readers wait for what they are told to until that has ended. */
function gather({ there }: Bench) {
  const crowdProcess = spawn(process.execPath, ['--import', 'tsx', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...process.env,
      CROWD: JSON.stringify({ url: there.url, readers: crowd, tokens: [...there.tokens.values()] }),
    },
  });
  const said = createInterface(crowdProcess.stdout);
  const ended = once(crowdProcess, 'exit');
  return {
    /** Resolves once every reader waits. */
    async readAll(id: string): Promise<void> {
      const waits = new Promise<void>((resolve) => {
        const hear = (line: string) => {
          if (line !== id) return;
          said.off('line', hear);
          resolve();
        };
        said.on('line', hear);
      });
      crowdProcess.stdin.write(`${id}\n`);
      const gone = ended.then(() => Promise.reject(new Error('the readers are gone')));
      await Promise.race([waits, gone]);
    },
    async stop(): Promise<void> {
      crowdProcess.kill();
      await ended;
    },
  };
}
