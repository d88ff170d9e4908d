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

type Point = Parameters<typeof watch>[2]['until'];
type Seen = Pick<typeof runningStatus, 'phase' | 'outcome'>;
const phase = (name: Seen['phase'], outcome: Seen['outcome'] = null): Seen => ({ phase: name, outcome });

it.each<{ until: Point; after: readonly Seen[]; code: number }>([
  { until: 'requested', after: [phase('verifying')], code: 0 },
  { until: 'approved', after: [phase('verifying'), phase('awaiting-approval'), phase('awaiting-window')], code: 0 },
  { until: 'approved', after: [phase('awaiting-approval'), phase('awaiting-approval', 'rejected')], code: 1 },
  { until: 'monitoring', after: [phase('executing'), phase('documenting'), phase('monitoring')], code: 0 },
  // What is taken back is not there yet: its end is waited for.
  {
    until: 'monitoring',
    after: [phase('executing'), phase('rolling-back'), phase('rolling-back', 'rolled-back')],
    code: 1,
  },
  {
    until: 'ended',
    after: [phase('monitoring'), phase('handing-over'), phase('handing-over', 'needs-intervention')],
    code: 4,
  },
])('comes back when it is $until, with $code', async ({ until, after, code }) => {
  let asked = 0;
  const api = {
    async GET(path: string) {
      if (path.endsWith('/journal')) return { data: { items: [], next: 0 } };
      if (path !== '/v1/deployments/{id}') throw new Error('not asked for here');
      asked += 1;
      return { data: { ...runningStatus, ...after[asked - 1], seq: asked, waitingFor: [] } };
    },
  } as unknown as Api;
  const terminal = { say: () => undefined, paint: pc.createColors(false) };
  const surroundings = { terminal, tell: () => undefined } as unknown as Parameters<typeof watch>[3];
  expect(await watch(api, runningStatus.id, { until }, surroundings)).toBe(code);
  // Neither before nor later.
  expect(asked).toBe(after.length);
});
