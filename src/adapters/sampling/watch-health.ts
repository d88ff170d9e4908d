import { once, setMaxListeners } from 'node:events';
import type { BoundCheck, JsonObject, Measurement } from '../../domain/adapters.ts';
import type { MonitorResult } from '../../domain/ports/observation.ts';
import { holdSignal } from '../../time-limit.ts';
import { now, pauseFor } from '../clock.ts';
import { type Counts, resumed, summaryOf, withMeasurement } from './health-counts.ts';
import { Probes, unanswered } from './probes.ts';
import { type Sampler, sample } from './sample.ts';

export interface WatchOptions extends Sampler {
  readonly checks: readonly BoundCheck[];
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** What an earlier watch knew. */
  readonly carry: JsonObject | null;
  /** When the watch was asked for, ISO 8601: what was not watched since then is said. Now when absent. */
  readonly since?: string;
  /** `judge` ends at the first breach, `measure` only counts. */
  readonly mode: 'judge' | 'measure';
  /** Hears all there is to know, again and again, so that another worker can go on from it. */
  readonly onState: (carry: JsonObject) => void;
}

type Watched = Omit<MonitorResult, 'worker' | 'news'>;

const tellEveryMs = 250;
/** Beats that this process itself is so late for are left out: a steady rate matters more than the number. */
const lateMs = 1_000;
/** So many probes of one check are under way at most; a beat beyond that is a probe that nobody answered. */
const mostUnderWay = 500;
/** Probes that are under way when a watch is ended from outside get this long to be answered, in milliseconds. */
const settleMs = 1_000;

/** Samples checks at their own pace until told to stop or, judging, until the first breach, which it answers at once. */
export async function watchHealth(options: WatchOptions): Promise<Watched> {
  const { checks, catalog, signal, carry, mode, onState, since = now() } = options;
  const over = new AbortController();
  const watched = checks.map((check) => {
    const pace = paceOf(check, catalog);
    return { check, ...pace, counts: resumed(carry, check, pace.intervalMs, since, now()), probes: new Probes() };
  });
  const carried = (): JsonObject =>
    JSON.parse(
      JSON.stringify(Object.fromEntries(watched.map(({ check, counts }) => [check.id, counts]))),
    ) as JsonObject;
  let breach: MonitorResult['breach'] = null;

  const end = () => {
    for (const one of watched)
      for (const late of one.probes.overdue(one.intervalMs))
        one.counts = withMeasurement(one.counts, late, one.check, one.windowSize);
    over.abort();
  };
  const take = (one: WatchedCheck, measured: Measurement) => {
    if (over.signal.aborted) return;
    one.counts = withMeasurement(one.counts, measured, one.check, one.windowSize);
    // What comes in after the end is counted, but judges nothing any more.
    if (mode === 'measure' || signal.aborted || one.counts.breach === null || breach) return;
    breach = {
      check: one.check.id,
      verdict: one.counts.breach,
      summary: describe(one.counts, one.check, one.windowSize, measured),
      at: measured.endedAt,
    };
    end();
  };
  onState(carried());
  const ticker = setInterval(() => onState(carried()), tellEveryMs);
  try {
    // A breach waits for nobody: probes that end slowly are told to stop and end by themselves.
    const breached = once(over.signal, 'abort');
    const all = watched.map((one) => sampleSteadily(one, options, over.signal, (measured) => take(one, measured)));
    await Promise.race([breached, Promise.all(all)]);
  } finally {
    clearInterval(ticker);
    if (!over.signal.aborted) end();
  }
  return {
    breach,
    carry: carried(),
    summaries: watched.map(({ check, counts, windowSize }) => summaryOf(counts, check, windowSize)),
  };
}

interface WatchedCheck {
  readonly check: BoundCheck;
  readonly intervalMs: number;
  /** 0: the check has no pace of its own. */
  readonly windowSize: number;
  readonly probes: Probes;
  counts: Counts;
}

function paceOf(check: BoundCheck, catalog: Sampler['catalog']): { intervalMs: number; windowSize: number } {
  const adapter = catalog.checks.get(check.kind);
  const spec = adapter?.schema.safeParse(check.spec);
  const own = adapter?.pace && spec?.success ? adapter.pace(spec.data) : undefined;
  return own ?? { intervalMs: check.sampling.intervalMs, windowSize: 0 };
}

/** Checks with a pace of their own are probed on the beat, however slow answers are; others wait for their answer. */
async function sampleSteadily(
  { check, intervalMs, windowSize, probes }: WatchedCheck,
  options: WatchOptions,
  over: AbortSignal,
  take: (measured: Measurement) => void,
): Promise<void> {
  const { signal } = options;
  const { signal: ends } = holdSignal([signal, over]);
  // Probes outlive the end for a moment; a check that waits for its answer does not.
  const cut = windowSize === 0 ? ends : over;
  setMaxListeners(0, signal, over, ends);
  let due = performance.now();
  while (!ends.aborted) {
    if (windowSize === 0) {
      const measured = await sample(check, options, ends);
      if (!ends.aborted) take(measured);
    } else if (probes.underWay < mostUnderWay) void probes.run(() => sample(check, options, cut)).then(take);
    else take(unanswered(`${mostUnderWay} probes wait for an answer`));
    due += intervalMs;
    if (performance.now() - due > lateMs) due = performance.now();
    await pauseFor(due - performance.now(), ends);
    // A beat that is due already still lets answers in.
    await new Promise(setImmediate);
  }
  for (const until = Date.now() + settleMs; probes.underWay > 0 && !over.aborted && Date.now() < until; )
    await pauseFor(10, over);
}

function describe({ tally, window, breach }: Counts, check: BoundCheck, size: number, last: Measurement): string {
  if (breach === 'error') return `${tally.consecutiveErrors} errors in a row, last ${last.summary}`;
  const failed =
    size === 0
      ? `${tally.failures} of ${tally.samples}`
      : `${window.replaceAll('0', '').length} of the last ${window.length}`;
  const by = last.answeredBy === undefined ? '' : ` by ${last.answeredBy}`;
  return `${failed} failed (limit ${check.sampling.failureLimit}), last ${last.summary}${by}`;
}
