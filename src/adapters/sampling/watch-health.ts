import { once, setMaxListeners } from 'node:events';
import type { BoundCheck, JsonObject, Measurement } from '../../domain/adapters.ts';
import type { MonitorResult } from '../../domain/ports.ts';
import { now, pauseFor } from '../clock.ts';
import { type Counts, resumed, summaryOf, withMeasurement } from './health-counts.ts';
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

type Watched = Omit<MonitorResult, 'worker'>;

const tellEveryMs = 100;
/** A probe that is this late is left out: a steady rate matters more than the number. */
const lateMs = 1_000;

/** Samples checks at their own pace until told to stop or, judging, until the first breach, which it answers at once. */
export async function watchHealth(options: WatchOptions): Promise<Watched> {
  const { checks, catalog, signal, carry, mode, onState, since = now() } = options;
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  // Every check listens, and every probe that is under way.
  setMaxListeners(0, either);
  const paces = new Map(checks.map((check) => [check.id, paceOf(check, catalog)]));
  const counts = new Map(
    checks.map((check) => [check.id, resumed(carry, check, paces.get(check.id)?.intervalMs ?? 0, since, now())]),
  );
  const sizes = new Map(checks.map((check) => [check.id, paces.get(check.id)?.windowSize ?? 0]));
  const carried = (): JsonObject => JSON.parse(JSON.stringify(Object.fromEntries(counts))) as JsonObject;
  let breach: MonitorResult['breach'] = null;

  const take = (check: BoundCheck, measured: Measurement) => {
    if (either.aborted) return;
    const windowSize = sizes.get(check.id) ?? 0;
    const before = counts.get(check.id) as Counts;
    const after = withMeasurement(before, measured, check, windowSize);
    counts.set(check.id, after);
    if (mode === 'measure' || after.breach === null || breach) return;
    breach = {
      check: check.id,
      verdict: after.breach,
      summary: describe(after, check, windowSize, measured),
      at: measured.endedAt,
    };
    over.abort();
  };
  onState(carried());
  const ticker = setInterval(() => onState(carried()), tellEveryMs);
  try {
    // A breach waits for nobody: probes that end slowly are told to stop and end by themselves.
    const breached = once(over.signal, 'abort');
    await Promise.race([breached, Promise.all(checks.map((check) => sampleSteadily(check, options, either, take)))]);
  } finally {
    clearInterval(ticker);
  }
  const summaries = checks.map((check) => summaryOf(counts.get(check.id) as Counts, check, sizes.get(check.id) ?? 0));
  return { breach, carry: carried(), summaries };
}

function paceOf(check: BoundCheck, catalog: Sampler['catalog']): { intervalMs: number; windowSize: number } {
  const adapter = catalog.checks.get(check.kind);
  const spec = adapter?.schema.safeParse(check.spec);
  const own = adapter?.pace && spec?.success ? adapter.pace(spec.data) : undefined;
  return own ?? { intervalMs: check.sampling.intervalMs, windowSize: 0 };
}

/** Checks with a pace of their own are probed on the beat, however slow answers are; others wait for their answer. */
async function sampleSteadily(
  check: BoundCheck,
  options: WatchOptions,
  signal: AbortSignal,
  take: (check: BoundCheck, measured: Measurement) => void,
): Promise<void> {
  const { intervalMs, windowSize } = paceOf(check, options.catalog);
  const mostAtOnce = Math.max(1, 2 * windowSize);
  let underway = 0;
  let due = performance.now();
  while (!signal.aborted) {
    if (underway < mostAtOnce) {
      underway += 1;
      const one = sample(check, options, signal).then((measured) => {
        underway -= 1;
        take(check, measured);
      });
      if (windowSize === 0) await one;
    }
    due += intervalMs;
    if (performance.now() - due > lateMs) due = performance.now();
    await pauseFor(due - performance.now(), signal);
    // A beat that is due already still lets answers in.
    await new Promise(setImmediate);
  }
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
