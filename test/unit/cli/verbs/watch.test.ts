import pc from 'picocolors';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Api } from '../../../../src/cli/api-client.ts';
import { watch } from '../../../../src/cli/verbs/watch.ts';
import type { Screen } from '../../../../src/cli/watch/screen.ts';
import { healthSoFarSchema } from '../../../../src/contract/health.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';
import { latch } from '../../../support/latch.ts';
import { runningStatus } from '../../../support/status.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const base = new URL('http://127.0.0.1:4000');
const at = '2026-11-30T12:00:00.000Z';
const started = { v: 1, seq: 1, at, type: 'health-started' };
const end = { v: 1, seq: 2, at, type: 'ended' };
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

/** The API answers so late while nothing happens, in milliseconds. */
const waitMs = 20_000;

/** A deployment that is watched for so long, in milliseconds, and an API that counts on while it is. */
function watched(forMs: number) {
  let samples = 0;
  let leftMs = forMs;
  let waits = latch();
  const running = { ...runningStatus, outcome: null, seq: 1 };
  const api = {
    async GET(path: string, { params }: { params: { query?: { wait?: string; after?: number } } }) {
      if (path.endsWith('/health')) {
        samples += 10;
        return { data: counted(samples) };
      }
      if (path.endsWith('/journal'))
        return { data: { items: params.query?.after === 0 ? [started] : leftMs > 0 ? [] : [end], next: 1 } };
      if (params.query?.wait === undefined) return { data: running };
      const takesMs = Math.min(leftMs, waitMs);
      leftMs -= takesMs;
      const over = new Promise((resolve) => setTimeout(resolve, takesMs));
      waits.open();
      await over;
      if (leftMs > 0) return { data: running };
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
    const code = watch({ api, base }, runningStatus.id, { until: 'ended', ...options }, surroundings);
    // Its time passes while the API is waited for.
    for (let toGoMs = forMs; toGoMs > 0; toGoMs -= waitMs) {
      await waits.closed;
      waits = latch();
      await vi.advanceTimersByTimeAsync(Math.min(toGoMs, waitMs));
    }
    return code;
  };
  return { run, said, told };
}

it('prints entries alone as JSON, and among them what the monitor counts where that is asked for', async () => {
  const plainly = watched(7_000);
  expect(await plainly.run({ json: true })).toBe(0);
  expect(plainly.said.map((line) => JSON.parse(line) as unknown)).toEqual([started, end]);

  const both = watched(7_000);
  expect(await both.run({ json: true, health: true })).toBe(0);
  const lines = both.said.map((line) => JSON.parse(line) as object);
  expect([lines[0], lines.at(-1)]).toEqual([started, end]);
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

describe('an API that has fallen silent', () => {
  const nothing = () =>
    Promise.reject(new GantryError('not-ready', 'Nothing answers.', { cause: new Error('refused') }));
  const away = () => Promise.reject(new GantryError('store-unavailable', 'The store is away.'));
  const hangs = () => new Promise<never>(() => undefined);
  const ended = { ...runningStatus, waitingFor: [], outcome: 'succeeded', phase: 'ended', seq: 2 } as const;

  /** Somebody who follows a deployment of an API that answers so from its first wait on, until `comeBack`. */
  function watching(silent: () => Promise<never>, options: object = {}) {
    const [waits, back] = [latch(), latch()];
    let isBack = false;
    const api = {
      async GET(path: string, { params }: { params: { query?: { wait?: string; after?: number } } }) {
        if (path.endsWith('/journal'))
          return { data: { items: params.query?.after === 0 ? [started] : [end], next: 1 } };
        if (isBack) return { data: ended };
        if (path === '/v1/deployments' || params.query?.wait === undefined)
          return { data: path.endsWith('/health') ? await silent() : { ...runningStatus, seq: 1, waitingFor: [] } };
        waits.open();
        return Promise.race([silent(), back.closed.then(() => ({ data: ended }))]);
      },
    } as unknown as Api;
    const said: string[] = [];
    const told: string[] = [];
    let shown: readonly string[] = [];
    const screen: Screen = { draw: (lines) => (shown = lines), end: () => undefined };
    const surroundings = {
      terminal: { say: (line: string) => said.push(line), paint: pc.createColors(false) },
      tell: (line: string) => told.push(line),
      screen: 'onTerminal' in options ? () => screen : null,
    } as unknown as Parameters<typeof watch>[3];
    const code = watch({ api, base }, runningStatus.id, { until: 'ended', ...options }, surroundings);
    const pass = async (ms: number) => {
      await waits.closed;
      await vi.advanceTimersByTimeAsync(ms);
    };
    const comeBack = async () => {
      isBack = true;
      back.open();
      await vi.advanceTimersByTimeAsync(1_000);
      return code;
    };
    return { pass, comeBack, said, told, last: () => shown.at(-1), shown: () => shown };
  }
  const line = (time: string) => `No answer for ${time} from http://127.0.0.1:4000; asking again.`;

  it.each([
    ['refuses connections', nothing],
    ['cannot read its store', away],
  ])('is a line on the screen while it %s, and none before five seconds and after its return', async (_how, silent) => {
    const { pass, comeBack, last, shown } = watching(silent, { onTerminal: true });
    await pass(4_900);
    expect(shown().join()).not.toContain('No answer');
    await pass(1_100);
    expect(last()).toBe(line('6 s'));
    await pass(60_000);
    expect(last()).toBe(line('1 min 6 s'));
    expect(await comeBack()).toBe(0);
    expect(shown().join()).not.toContain('No answer');
  });

  it('is a line on the screen when it says nothing, as soon as the counts of its health checks do not come', async () => {
    const { pass, last } = watching(hangs, { onTerminal: true });
    await pass(9_000);
    expect(last()).toBe(line('7 s'));
  });

  it('is two lines in a pipe: when that is noticed, and when it is over', async () => {
    const { pass, comeBack, told } = watching(nothing);
    await pass(120_000);
    expect(told).toEqual([expect.stringMatching(new RegExp(`^\\S+Z {2}${line('5 s')}$`))]);
    expect(await comeBack()).toBe(0);
    expect(told.slice(1)).toEqual([expect.stringMatching(/^\S+Z {2}The API answers again\.$/)]);
  });

  it('is noticed in a pipe when it says nothing, once what is waited for should have come', async () => {
    const { pass, told } = watching(hangs);
    await pass(24_000);
    expect(told).toEqual([]);
    await pass(2_000);
    expect(told).toEqual([expect.stringContaining(line('5 s'))]);
  });

  it('is none of the lines that programs read', async () => {
    const { pass, comeBack, said, told } = watching(nothing, { json: true });
    await pass(120_000);
    expect(await comeBack()).toBe(0);
    expect(said.map((one) => JSON.parse(one) as unknown)).toEqual([started, end]);
    expect(told).toEqual([]);
  });
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
  expect(await watch({ api, base }, runningStatus.id, { until }, surroundings)).toBe(code);
  // Neither before nor later.
  expect(asked).toBe(after.length);
});
