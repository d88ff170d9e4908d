import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { observe, watchHealth } from '../../../src/adapters/index.ts';
import type { JsonObject } from '../../../src/domain/base/json.ts';
import { healthInHeartbeat } from '../../../src/domain/health/so-far.ts';
import type {
  AdapterCatalog,
  CheckAdapter,
  HealthSampling,
  Measurement,
  PlannedCheck,
  SampleWindow,
  Sampling,
  SecretReader,
} from '../../../src/domain/kinds/adapter.ts';
import { contextFor } from '../../support/adapter-context.ts';
import { eventually } from '../../support/eventually.ts';
import { expectsOf, nothingExpected } from '../../support/expects.ts';

type Answer = Measurement['verdict'] | 'throw' | 'slow' | 'slow-start' | 'never' | 'deaf';

/** Checks that answer from a list, the last one for ever. */
function scripted(answers: readonly Answer[], windowSize = 0) {
  let asked = 0;
  const adapter: CheckAdapter<{ scripted: string }> = {
    kind: 'scripted',
    schema: z.strictObject({ scripted: z.string() }),
    expects: () => nothingExpected,
    ...(windowSize > 0 ? { pace: () => ({ intervalMs: 5, windowSize }) } : {}),
    async measure(_spec, { signal }) {
      const answer = answers[Math.min(asked, answers.length - 1)] ?? 'error';
      asked += 1;
      const startedAt = new Date().toISOString();
      if (answer === 'never') await new Promise((resolve) => signal.addEventListener('abort', resolve));
      if (answer === 'deaf') await new Promise(() => {});
      if (answer === 'slow') await new Promise((resolve) => setTimeout(resolve, 50));
      if (answer === 'slow-start') await new Promise((resolve) => setTimeout(resolve, 400));
      if (answer === 'throw') throw new Error('a bug in an adapter that quotes very-secret-value');
      const at = new Date().toISOString();
      const verdict =
        answer === 'never' || answer === 'deaf'
          ? 'error'
          : answer === 'slow' || answer === 'slow-start'
            ? 'passed'
            : answer;
      return { verdict, summary: verdict, observed: {}, startedAt, endedAt: at, answeredBy: '1.4.2' };
    },
  };
  const catalog: AdapterCatalog = {
    actions: new Map(),
    checks: new Map([['scripted', adapter as unknown as CheckAdapter]]),
  };
  return { catalog, asked: () => asked };
}
const sampling: Sampling = {
  timeoutMs: 1_000,
  intervalMs: 5,
  withinMs: 0,
  count: 1,
  failureLimit: 0,
  consecutiveErrorLimit: 4,
  consecutiveSuccessLimit: 0,
};
const checkWith = (given: Partial<Sampling> = {}): PlannedCheck => ({
  id: 'front',
  kind: 'scripted',
  spec: { scripted: 'x' },
  expects: nothingExpected,
  sampling: { ...sampling, ...given },
});
const never = new AbortController().signal;
const look = async (answers: readonly Answer[], given: Partial<Sampling> = {}, once = false) => {
  const { catalog, asked } = scripted(answers);
  const options = { catalog, contextFor: () => contextFor(), signal: never, once };
  const [result] = await observe([checkWith(given)], options);
  return { verdict: result?.verdict, samples: result?.samples, asked: asked() };
};

describe.concurrent('a check', () => {
  it.each([
    ['one good sample passes', ['passed'], {}, 'passed', 1],
    ['one bad sample fails', ['failed'], {}, 'failed', 1],
    ['an adapter that throws errs', ['throw'], {}, 'error', 1],
    ['bad samples within the limit pass', ['failed', 'passed', 'passed'], { count: 3, failureLimit: 1 }, 'passed', 3],
    ['one too many fails at once', ['failed', 'failed', 'passed'], { count: 3, failureLimit: 1 }, 'failed', 2],
    ['errors in a row err', ['error', 'error', 'passed'], { count: 3, consecutiveErrorLimit: 1 }, 'error', 2],
    [
      'errors between measurements do not',
      ['passed', 'error', 'passed'],
      { count: 3, consecutiveErrorLimit: 1 },
      'passed',
      3,
    ],
    ['one that could not be measured at its end errs', ['error', 'passed', 'error'], { count: 3 }, 'error', 3],
    [
      'one that did not tell enough at its end is inconclusive',
      ['passed', 'inconclusive', 'inconclusive'],
      { count: 3 },
      'inconclusive',
      3,
    ],
    ['without a good measurement it is inconclusive', ['failed'], { count: 2, failureLimit: 5 }, 'inconclusive', 2],
    [
      'too few good ones in a row are inconclusive',
      ['passed', 'failed', 'passed'],
      { count: 3, failureLimit: 1, consecutiveSuccessLimit: 2 },
      'inconclusive',
      3,
    ],
    ['it is tried until it passes', ['failed', 'error', 'failed', 'passed'], { withinMs: 10_000 }, 'passed', 4],
    [
      'or often enough in a row',
      ['passed', 'failed', 'passed', 'passed'],
      { withinMs: 10_000, consecutiveSuccessLimit: 2 },
      'passed',
      4,
    ],
  ] as const)('%s', async (_name, answers, given, verdict, samples) => {
    expect(await look(answers, given)).toEqual({ verdict, samples, asked: samples });
  });

  it('that does not pass in time ends with the verdict of its last sample', async () => {
    expect((await look(['failed'], { withinMs: 40 })).verdict).toBe('failed');
    expect((await look(['error'], { withinMs: 40 })).verdict).toBe('error');
    expect((await look(['passed'], { withinMs: 40, consecutiveSuccessLimit: 1_000 })).verdict).toBe('inconclusive');
  });

  it('is tried a last time when its time ends', async () => {
    expect(await look(['failed', 'passed'], { withinMs: 60, intervalMs: 100_000 })).toMatchObject({
      verdict: 'passed',
      samples: 2,
    });
  });

  it('reports its threshold, the samples that may fail included', async () => {
    const { catalog } = scripted(['passed']);
    const thresholds = async (kind: string, spec: JsonObject, given: Partial<Sampling>) =>
      (
        await observe([{ ...checkWith(given), kind, spec, expects: expectsOf(kind, spec) }], {
          catalog,
          contextFor: () => contextFor(),
          signal: never,
          once: true,
        })
      )[0]?.threshold;
    expect(await thresholds('http', { http: 'x', status: 200 }, {})).toBe('status 200');
    expect(await thresholds('command', { command: ['x'] }, { count: 20, failureLimit: 3 })).toBe(
      'exit 0, ≤ 3 of 20 failed',
    );
  });

  it('shows no secret in what its adapter throws', async () => {
    const { catalog } = scripted(['throw']);
    const secrets: SecretReader = {
      expand: async (text) => text,
      mask: (text) => text.replaceAll('very-secret-value', '[secret:key]'),
    };
    const [result] = await observe([checkWith()], {
      catalog,
      contextFor: () => contextFor({ secrets }),
      signal: never,
      once: false,
    });
    expect(result?.summary).toBe('could not be measured: a bug in an adapter that quotes [secret:key]');
  });

  it('that is inconclusive has not passed, and is measured again while there is time', async () => {
    expect(await look(['inconclusive'])).toMatchObject({ verdict: 'inconclusive', samples: 1 });
    expect(await look(['inconclusive', 'passed'], { withinMs: 5_000 })).toMatchObject({
      verdict: 'passed',
      samples: 2,
    });
    expect(await look(['inconclusive'], { withinMs: 20 })).toMatchObject({ verdict: 'inconclusive' });
    expect(await look(['passed', 'inconclusive'], { count: 9, consecutiveErrorLimit: 2 })).toMatchObject({
      verdict: 'inconclusive',
      samples: 4,
    });
  });

  it('is asked once where one sample is wanted', async () => {
    expect(await look(['failed', 'passed'], { withinMs: 10_000 }, true)).toEqual({
      verdict: 'failed',
      samples: 1,
      asked: 1,
    });
  });

  it('ends at once when it is cancelled', async () => {
    const { catalog } = scripted(['never']);
    const stop = new AbortController();
    const running = observe([checkWith()], {
      catalog,
      contextFor: (_c, signal) => contextFor({ signal }),
      signal: stop.signal,
      once: false,
    });
    stop.abort();
    expect((await running)[0]).toMatchObject({ verdict: 'error', summary: 'cancelled' });
  });

  it('of a kind that is unknown errs, and results stand in order', async () => {
    const { catalog } = scripted(['passed']);
    const results = await observe(
      [
        { ...checkWith(), id: 'a', kind: 'odd' },
        { ...checkWith(), id: 'b' },
      ],
      { catalog, contextFor: () => contextFor(), signal: never, once: false },
    );
    expect(results.map(({ check, verdict }) => [check, verdict])).toEqual([
      ['a', 'error'],
      ['b', 'passed'],
    ]);
  });
});

const countsIn = (carry: JsonObject) => (carry['checks'] as { readonly front: JsonObject }).front;

describe.concurrent('a health monitor', () => {
  interface Watch {
    readonly windowSize?: number;
    readonly given?: Partial<Sampling>;
    readonly mode?: 'evaluate' | 'measure';
    readonly carry?: Awaited<ReturnType<typeof watchHealth>>['carry'] | null;
    readonly stopAfter?: number;
  }
  const watch = async (
    answers: readonly Answer[],
    { windowSize = 10, given = {}, mode = 'evaluate', carry = null, stopAfter }: Watch = {},
  ) => {
    const { catalog, asked } = scripted(answers, windowSize);
    const stop = new AbortController();
    let told = 0;
    const result = await watchHealth({
      checks: [checkWith(given)],
      catalog,
      contextFor: (_check, signal) => contextFor({ signal }),
      signal: stop.signal,
      carry,
      mode,
      onState: () => {
        told += 1;
        if (stopAfter !== undefined && asked() >= stopAfter) stop.abort();
      },
    });
    return { ...result, asked: asked(), told };
  };

  it('answers at the first window that is too bad', async () => {
    const { breach, summaries } = await watch(['passed', 'passed', 'failed', 'failed', 'passed'], {
      given: { failureLimit: 1 },
    });
    expect(breach).toMatchObject({
      check: 'front',
      verdict: 'failed',
      summary: '2 of the last 4 failed (limit 1), last failed by 1.4.2',
    });
    expect(summaries[0]).toMatchObject({
      verdict: 'failed',
      samples: 4,
      failed: 2,
      worstWindowFailed: 2,
      window: { kind: 'samples', size: 10 },
      threshold: '≤ 1 of the last 10 samples failed',
      badAnswersBy: { '1.4.2': 2 },
    });
  });

  it('reports its state whenever it is asked', async () => {
    const { catalog, asked } = scripted(['passed', 'failed', 'passed'], 10);
    const stop = new AbortController();
    const states: JsonObject[] = [];
    let ask = () => {};
    const watching = watchHealth({
      checks: [checkWith({ failureLimit: 5 })],
      catalog,
      contextFor: (_check, signal) => contextFor({ signal }),
      signal: stop.signal,
      carry: null,
      mode: 'evaluate',
      onState: (state) => states.push(state),
      onTeller: (tell) => {
        ask = tell;
      },
    });
    await eventually(
      async () => asked(),
      (times) => times >= 3,
    );
    const before = states.length;
    ask();
    expect(states.length).toBe(before + 1);
    // What is told of it while it is watched is what it says itself.
    const soFar = healthInHeartbeat(states.at(-1) ?? {}, 'host/1');
    expect(soFar).toMatchObject({ state: 'watching', at: states.at(-1)?.['at'], worker: 'host/1' });
    const [check] = soFar?.checks ?? [];
    expect(check).toMatchObject({ id: 'front', failed: 1, errors: 0, inconclusive: 0, badAnswersBy: { '1.4.2': 1 } });
    expect(check?.samples).toBeGreaterThanOrEqual(3);
    expect(check?.passed).toBe((check?.samples ?? 0) - 1);
    expect(check?.latest).toMatchObject({ verdict: 'passed', summary: 'passed', answeredBy: '1.4.2' });
    stop.abort();
    await watching;
  });

  it('answers a breach without waiting for other probes, however deaf', async () => {
    const deaf = scripted(['deaf']).catalog.checks.get('scripted') as CheckAdapter;
    const bad = scripted(['failed']).catalog.checks.get('scripted') as CheckAdapter;
    const told: string[] = [];
    const result = await watchHealth({
      checks: [
        { ...checkWith(), id: 'slow', kind: 'deaf' },
        { ...checkWith(), id: 'front' },
      ],
      catalog: {
        actions: new Map(),
        checks: new Map([
          ['deaf', deaf],
          ['scripted', bad],
        ]),
      },
      contextFor: ({ id }, signal) => {
        signal.addEventListener('abort', () => told.push(id));
        return contextFor({ signal });
      },
      signal: never,
      carry: null,
      mode: 'evaluate',
      onState: () => {},
    });
    expect(result.breach).toMatchObject({ check: 'front', verdict: 'failed' });
    expect(told).toContain('slow');
  });

  it('that could never measure has erred', async () => {
    const { breach, summaries } = await watch(['error'], { mode: 'measure', windowSize: 0, stopAfter: 3 });
    expect(breach).toBeNull();
    expect(summaries[0]).toMatchObject({ verdict: 'error', failed: 0 });
  });

  it('forgets what has left the window', async () => {
    const answers: Answer[] = Array.from({ length: 60 }, (_, i) => (i % 12 === 0 ? 'failed' : 'passed'));
    const { breach, summaries } = await watch([...answers, 'passed'], { given: { failureLimit: 1 }, stopAfter: 60 });
    expect(breach).toBeNull();
    expect(summaries[0]).toMatchObject({ verdict: 'passed', failed: 5, worstWindowFailed: 1 });
  });

  it('takes errors for bad samples of a window, and errors in a row of a point check for a breach', async () => {
    expect((await watch(['error'], { given: { failureLimit: 3 } })).breach).toMatchObject({ verdict: 'failed' });
    const point = await watch(['passed', 'error'], { windowSize: 0, given: { consecutiveErrorLimit: 2 } });
    expect(point.breach).toMatchObject({ verdict: 'error', summary: '3 errors in a row, last error' });
  });

  it('counts an inconclusive sample as not good: in a row, within its window, and at its end', async () => {
    const given = { consecutiveErrorLimit: 2 };
    const row = await watch(['passed', 'inconclusive'], { windowSize: 0, given });
    expect(row.breach).toMatchObject({
      verdict: 'inconclusive',
      summary: '3 samples that did not tell in a row, last inconclusive',
    });
    expect(row.summaries[0]).toMatchObject({ verdict: 'inconclusive', inconclusive: 3, errors: 0, failed: 0 });
    const half = await watch(every('inconclusive', 2, 40), { windowSize: 0, given: { ...given, ...health(over(10)) } });
    expect(half.breach).toMatchObject({ verdict: 'inconclusive' });
    const paced = await watch(['inconclusive'], { given: { failureLimit: 3 } });
    expect(paced.breach).toMatchObject({ verdict: 'failed' });
    const none = await watch(['inconclusive'], { mode: 'measure', windowSize: 0, stopAfter: 3 });
    expect(none.summaries[0]).toMatchObject({ verdict: 'inconclusive' });
  });

  it('only counts while it measures', async () => {
    const { breach, summaries, told } = await watch(['failed'], { mode: 'measure', stopAfter: 30 });
    expect(breach).toBeNull();
    expect(summaries[0]).toMatchObject({ verdict: 'failed' });
    expect(told).toBeGreaterThan(0);
  });

  it('goes on from the state of another one, and reports what was not watched', async () => {
    const first = await watch(['passed'], { stopAfter: 20 });
    const counts = countsIn(first.carry) as { lastAt: string; tally: { samples: number } };
    const longAgo = new Date(Date.now() - 60_000).toISOString();
    const carry = { at: longAgo, checks: { front: { ...counts, lastAt: longAgo } } };
    const second = await watch(['passed'], { carry, stopAfter: 20 });
    expect(second.summaries[0]?.samples).toBeGreaterThanOrEqual(counts.tally.samples + 20);
    expect(second.summaries[0]?.unwatched).toMatchObject([{ from: longAgo }]);
    expect(second.summaries[0]?.maxGapMs).toBeLessThan(50_000);
    expect(JSON.stringify(second.carry).length).toBeLessThan(4_096);
  });

  it.each([
    ['no word of a pause that is shorter than its interval and its timeout', 10_500, 0],
    ['a word of a longer one', 12_000, 1],
  ])('says %s', async (_what, agoMs, words) => {
    const given = { intervalMs: 10_000, timeoutMs: 1_000 };
    const first = await watch(['passed'], { windowSize: 0, given, stopAfter: 1 });
    const counts = countsIn(first.carry);
    const lastAt = new Date(Date.now() - agoMs).toISOString();
    const carry = { at: lastAt, checks: { front: { ...counts, lastAt } } };
    const second = await watch(['passed'], { windowSize: 0, given, carry, stopAfter: 1 });
    expect(second.summaries[0]?.unwatched).toHaveLength(words);
  });

  it('keeps its pace while answers are outstanding; those that never came count as failed by nobody', async () => {
    const { breach, asked, summaries } = await watch(['never'], { windowSize: 5, stopAfter: 10 });
    expect(breach).toBeNull();
    expect(asked).toBeGreaterThanOrEqual(10);
    expect(summaries[0]).toMatchObject({ samples: asked, failed: asked, badAnswersBy: { nobody: asked } });
  });

  it('counts answers that come right after its end', async () => {
    const { asked, summaries } = await watch(['slow'], { stopAfter: 5 });
    expect(summaries[0]).toMatchObject({ samples: asked, failed: 0, verdict: 'passed' });
  });

  it('counts at a breach what hangs already, and waits for none of it', async () => {
    const hanging: Answer[] = Array.from({ length: 20 }, () => 'never');
    const { breach, asked, summaries } = await watch(['passed', ...hanging, 'failed'], { windowSize: 50 });
    expect(breach).toMatchObject({ summary: '1 of the last 2 failed (limit 0), last failed by 1.4.2' });
    // The youngest have not waited for longer than good answers take.
    expect(summaries[0]?.samples).toBeGreaterThan(15);
    expect(summaries[0]?.failed).toBe((summaries[0]?.samples ?? 0) - 1);
    expect(summaries[0]?.samples).toBeLessThanOrEqual(asked);
  });

  it('takes a beat for failed when too many probes wait for an answer', async () => {
    const { breach, asked } = await watch(['never'], { given: { timeoutMs: 60_000, failureLimit: 2 } });
    expect(asked).toBe(500);
    expect(breach?.summary).toBe('3 of the last 3 failed (limit 2), last 500 probes wait for an answer by nobody');
  });

  const health = (window: SampleWindow, given: Partial<HealthSampling> = {}) => ({
    health: { window, atStart: 'must-pass', errors: 'by-limit', ...given } as const,
  });
  const over = (size: number) => ({ kind: 'samples', size }) as const;
  const every = (bad: Answer, of: number, length: number) => [
    ...Array.from({ length }, (_, i): Answer => (i % of === of - 1 ? bad : 'passed')),
    'passed' as const,
  ];

  it('counts failures of a check that waits for its answer over its window, never over the whole run', async () => {
    const sometimes = every('failed', 10, 60);
    const calm = { windowSize: 0, given: { failureLimit: 1, ...health(over(10)) }, stopAfter: 60 };
    const { breach, summaries } = await watch(sometimes, calm);
    expect(breach).toBeNull();
    expect(summaries[0]).toMatchObject({ verdict: 'passed', worstWindowFailed: 1 });
    expect(summaries[0]?.failed).toBeGreaterThan(3);
    const often = await watch([...sometimes.slice(0, 20), 'failed', 'failed'], { ...calm, stopAfter: 500 });
    expect(often.breach?.summary).toMatch(/^2 of the last 10 failed \(limit 1\)/);
  });

  it('counts them over a time where that is the window', async () => {
    const given = { intervalMs: 20, failureLimit: 2, ...health({ kind: 'time', ms: 100 }) };
    const seldom = await watch(every('failed', 8, 40), { windowSize: 0, given, stopAfter: 40 });
    expect(seldom.breach).toBeNull();
    expect(seldom.summaries[0]?.failed).toBeGreaterThan(3);
    const often = await watch(['passed', 'failed'], { windowSize: 0, given, stopAfter: 500 });
    expect(often.breach?.summary).toMatch(/^3 within 0\.100 s failed \(limit 2\)/);
  });

  it('takes too many errors within a window for a breach, be there measurements between them', async () => {
    const given = { consecutiveErrorLimit: 2, ...health(over(10)) };
    const half = await watch(every('error', 2, 40), { windowSize: 0, given, stopAfter: 500 });
    expect(half.breach).toMatchObject({ verdict: 'error', summary: '3 errors of the last 6, last error' });
    const few = await watch(every('error', 6, 60), { windowSize: 0, given, stopAfter: 60 });
    expect(few.breach).toBeNull();
  });

  it('goes on with its window where another one was lost in the middle of it', async () => {
    const given = { failureLimit: 2, ...health(over(10)) };
    const first = await watch(['failed', 'failed', 'passed'], { windowSize: 0, given, stopAfter: 3 });
    expect(first.breach).toBeNull();
    const { carry } = first;
    const second = await watch(['passed', 'failed'], { windowSize: 0, given, carry, stopAfter: 50 });
    expect(second.breach?.summary).toMatch(/^3 of the last \d+ failed/);
  });

  it('hands on little, however large its window and however bad its samples', async () => {
    const given = { intervalMs: 1, failureLimit: 999, ...health(over(1000)) };
    const { carry } = await watch(['failed'], { windowSize: 0, given, mode: 'measure', stopAfter: 300 });
    // A thousand marks of two bytes, and what is known beside them.
    expect(JSON.stringify(carry).length).toBeLessThan(4_096);
  });

  describe('of a check that may be bad at the start', () => {
    const lenient = { failureLimit: 0, ...health(over(10), { atStart: 'may-fail' }) };

    it('evaluates from its first good sample on, and reports the bad ones before it', async () => {
      const answers: Answer[] = ['failed', 'error', 'failed', 'passed', 'passed', 'failed'];
      const { breach, summaries } = await watch(answers, { windowSize: 0, given: lenient, stopAfter: 500 });
      expect(breach?.summary).toBe('1 of the last 3 failed (limit 0), last failed by 1.4.2');
      expect(summaries[0]).toMatchObject({ badBefore: 3, samples: 6, worstWindowFailed: 1 });
    });

    it('is bad as long as it has none', async () => {
      const { breach, summaries } = await watch(['failed'], { windowSize: 0, given: lenient, stopAfter: 30 });
      expect(breach).toBeNull();
      expect(summaries[0]).toMatchObject({ verdict: 'inconclusive', latest: { verdict: 'failed' } });
    });

    it('goes on evaluating where another one was lost after its first good sample', async () => {
      const { carry } = await watch(['failed', 'passed'], { windowSize: 0, given: lenient, stopAfter: 3 });
      const next = await watch(['failed'], { windowSize: 0, given: lenient, carry, stopAfter: 100 });
      expect(next.breach?.summary).toMatch(/^1 of the last \d+ failed/);
    });
  });
});

describe.concurrent('a health monitor that is to settle', () => {
  /** Settles once the answer number `after` was asked for. */
  const settle = async (
    answers: readonly Answer[],
    { windowSize = 0, given = {}, after = 1 }: { windowSize?: number; given?: Partial<Sampling>; after?: number } = {},
  ) => {
    const { catalog, asked } = scripted(answers, windowSize);
    const settling = new AbortController();
    let askedBefore = 0;
    const result = await watchHealth({
      checks: [checkWith(given)],
      catalog,
      contextFor: (_check, signal, timeoutMs) => {
        const limited = new AbortController();
        signal.addEventListener('abort', () => limited.abort());
        setTimeout(() => limited.abort(), timeoutMs);
        return contextFor({ signal: limited.signal, timeoutMs });
      },
      signal: never,
      settle: settling.signal,
      carry: null,
      mode: 'evaluate',
      onState: () => {
        if (asked() < after || settling.signal.aborted) return;
        askedBefore = asked();
        settling.abort();
      },
    });
    const [summary] = result.summaries;
    return { ...result, summary, asked: asked() - askedBefore };
  };

  it('asks a slow check now, and does not wait for its interval', async () => {
    const { summary, settledAt, asked } = await settle(['passed'], { given: { intervalMs: 600_000 } });
    expect(asked).toBe(1);
    expect(summary?.latest?.verdict).toBe('passed');
    expect((summary?.lastGoodStartedAt ?? '') > (settledAt ?? 'never')).toBe(true);
  });

  it('asks once more where the sample that was under way is good, since that one began before', async () => {
    const { summary, settledAt, asked } = await settle(['slow-start', 'passed'], { given: { intervalMs: 600_000 } });
    expect(asked).toBe(1);
    expect((summary?.lastGoodStartedAt ?? '') > (settledAt ?? 'never')).toBe(true);
  });

  it('waits for a sample that is under way, within its limit, and takes what came too late for bad', async () => {
    const given = { intervalMs: 600_000, timeoutMs: 5_200 };
    const { summary } = await settle(['never', 'passed'], { given });
    expect(summary).toMatchObject({ errors: 1, latest: { verdict: 'error' } });
  });

  it('asks again after a bad sample, while its limits allow', async () => {
    const given = { failureLimit: 2, intervalMs: 600_000 };
    const { summary, breach } = await settle(['passed', 'failed', 'passed'], { given });
    expect(breach).toBeNull();
    expect(summary).toMatchObject({ failed: 1, latest: { verdict: 'passed' } });
  });

  it('answers a breach at once', async () => {
    const { breach, settledAt } = await settle(['passed', 'failed'], { given: { intervalMs: 600_000 } });
    expect(breach).toMatchObject({ verdict: 'failed' });
    expect(settledAt).toBeNull();
  });

  it('goes on with probes on the beat, and ends with a good one that began since', async () => {
    const { summary, settledAt } = await settle(['passed'], { windowSize: 10, after: 5 });
    expect((summary?.lastGoodStartedAt ?? '') > (settledAt ?? 'never')).toBe(true);
    expect(summary?.failed).toBe(0);
  });
});
