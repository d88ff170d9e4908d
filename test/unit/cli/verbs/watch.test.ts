import pc from 'picocolors';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Api } from '../../../../src/cli/api-client.ts';
import { watch } from '../../../../src/cli/verbs/watch.ts';
import { healthSoFarSchema } from '../../../../src/contract/health.ts';
import { latch } from '../../../support/latch.ts';
import { runningStatus } from '../../../support/status.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const at = '2026-11-30T12:00:00.000Z';
const started = { v: 1, seq: 1, at, type: 'health-started' };
const ended = { v: 1, seq: 2, at, type: 'ended' };
const counted = (samples: number) => ({
  state: 'watching',
  at: new Date(Date.parse(at) + samples).toISOString(),
  worker: 'host/1',
  checks: [
    {
      id: 'front-door',
      samples,
      passed: samples - 1,
      failed: 1,
      errors: 0,
      inconclusive: 0,
      badAnswersBy: { nobody: 1 },
      latest: null,
    },
  ],
});

/** A deployment that is watched for so long, in milliseconds, and an API that counts on while it is. */
function watched(forMs: number) {
  let samples = 0;
  const waits = latch();
  const running = { ...runningStatus, outcome: null, seq: 1 };
  const api = {
    async GET(path: string, { params }: { params: { query?: { wait?: string; after?: number } } }) {
      if (path.endsWith('/health')) {
        samples += 10;
        return { data: counted(samples) };
      }
      if (path.endsWith('/journal'))
        return { data: { items: params.query?.after === 0 ? [started] : [ended], next: 1 } };
      if (params.query?.wait === undefined) return { data: running };
      const over = new Promise((resolve) => setTimeout(resolve, forMs));
      waits.open();
      await over;
      return { data: { ...running, phase: 'ended', outcome: 'succeeded', seq: 2 } };
    },
  } as unknown as Api;
  const said: string[] = [];
  const told: string[] = [];
  const surroundings = {
    terminal: { say: (line: string) => said.push(line), paint: pc.createColors(false) },
    tell: (line: string) => told.push(line),
  } as unknown as Parameters<typeof watch>[3];
  const run = async (options: object) => {
    const code = watch(api, runningStatus.id, { until: 'ended', ...options }, surroundings);
    // Its time passes from there on.
    await waits.closed;
    await vi.advanceTimersByTimeAsync(forMs);
    return code;
  };
  return { run, said, told };
}

it('prints entries alone as JSON, and among them what the monitor counts where that is asked for', async () => {
  const plainly = watched(7_000);
  expect(await plainly.run({ json: true })).toBe(0);
  expect(plainly.said.map((line) => JSON.parse(line) as unknown)).toEqual([started, ended]);

  const both = watched(7_000);
  expect(await both.run({ json: true, health: true })).toBe(0);
  const lines = both.said.map((line) => JSON.parse(line) as object);
  expect([lines[0], lines.at(-1)]).toEqual([started, ended]);
  const counts = lines.filter((line) => !('seq' in line)).map((line) => healthSoFarSchema.parse(line));
  // Every two seconds.
  expect(counts.map(({ checks }) => checks[0]?.samples)).toEqual([10, 20, 30]);
});

it('says in a pipe every 30 s that it lives, and what the monitor has counted by then', async () => {
  const { run, told, said } = watched(61_000);
  expect(await run({})).toBe(0);
  expect(told).toEqual([
    expect.stringMatching(/^waits for gate: go/),
    '  → gantry approve shop/production --gate go',
    expect.stringMatching(/^\S+Z {2}shop\.production\.7 is in executing; front-door 9 good, 1 bad \(1 by nobody\)$/),
    expect.stringMatching(/; front-door 19 good, 1 bad \(1 by nobody\)$/),
  ]);
  expect(said.at(-1)).toMatch(/^shop\.production\.7 {2}1\.4\.2 {2}succeeded$/);
});
