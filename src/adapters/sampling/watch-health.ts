import { once } from 'node:events';
import type { JsonObject } from '../../domain/base/json.ts';
import { describeBreach, summaryOf } from '../../domain/health/monitor-summary.ts';
import type { Measurement } from '../../domain/kinds/adapter.ts';
import type { MonitorInput, MonitorResult } from '../../domain/ports/observation.ts';
import { now } from '../clock.ts';
import type { Sampler } from './one-sample.ts';
import { WatchedCheck } from './watched-check.ts';

export interface WatchOptions extends Sampler, Pick<MonitorInput, 'checks' | 'carry' | 'mode'> {
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Ends the watch as soon as each check has been asked once more, and what was under way has ended. */
  readonly settle?: AbortSignal;
  /** When the watch was asked for, ISO 8601: what was not watched since then is reported. Now when absent. */
  readonly since?: string;
  /** Whether checks that are bad from the start are let go until they are good for the first time, whatever they say. */
  readonly mayFailAtStart?: boolean;
  /** Gets the whole state at intervals, so that another worker can go on from it. */
  readonly onState: (carry: JsonObject) => void;
  /** Gets a function that reports the state at once, as long as the watch lasts. */
  readonly onTeller?: (report: () => void) => void;
}

type Watched = Omit<MonitorResult, 'worker' | 'ruleChanges'>;

/** What a killed worker has counted since is lost with it. */
const reportEveryMs = 1_000;
const lookEveryMs = 20;

/** Samples checks at their own pace until `signal` aborts or, evaluating, until the first breach, which it returns at once. */
export async function watchHealth(options: WatchOptions): Promise<Watched> {
  const { checks, signal, carry, mode, onState, since = now(), mayFailAtStart = false } = options;
  const { settle = new AbortController().signal } = options;
  const over = new AbortController();
  const watched = checks.map((check) => new WatchedCheck(check, options, { carry, since, mayFailAtStart }));
  const carried = (): JsonObject => {
    const counts = Object.fromEntries(watched.map((one) => [one.check.id, one.carried]));
    return JSON.parse(JSON.stringify({ at: now(), checks: counts })) as JsonObject;
  };
  let breach: MonitorResult['breach'] = null;
  let settledAt: string | null = null;

  const end = () => {
    for (const one of watched) one.end();
    over.abort();
  };
  const take = (one: WatchedCheck, measured: Measurement) => {
    if (over.signal.aborted) return;
    const isFirst = one.counts.latest === null;
    one.take(measured);
    // The first action waits for the first samples of all checks.
    if (isFirst && watched.every(({ counts }) => counts.latest !== null)) report();
    // What comes in after the end is counted, but evaluates nothing any more.
    if (mode === 'measure' || signal.aborted || one.counts.breach === null || breach) return;
    breach = {
      check: one.check.id,
      verdict: one.counts.breach,
      summary: describeBreach(one.counts, one.check, one.health, measured),
      at: measured.endedAt,
    };
    end();
  };
  let looker: NodeJS.Timeout | undefined;
  const settleDown = () => {
    const at = now();
    settledAt = at;
    looker = setInterval(() => {
      if (!over.signal.aborted && !signal.aborted && watched.every((one) => one.isSettled(at))) end();
    }, lookEveryMs);
  };
  const report = () => onState(carried());
  report();
  options.onTeller?.(report);
  const ticker = setInterval(report, reportEveryMs);
  if (settle.aborted) settleDown();
  else settle.addEventListener('abort', settleDown, { once: true });
  try {
    // A breach is returned at once: slow probes are aborted and end by themselves.
    const breached = once(over.signal, 'abort');
    const ends = { cut: over.signal, stop: signal, settle };
    const all = watched.map((one) => one.sample(ends, (measured) => take(one, measured)));
    await Promise.race([breached, Promise.all(all)]);
  } finally {
    clearInterval(ticker);
    clearInterval(looker);
    settle.removeEventListener('abort', settleDown);
    if (!over.signal.aborted) end();
  }
  return {
    breach,
    settledAt: breach ? null : settledAt,
    carry: carried(),
    summaries: watched.map(({ check, counts, health }) => summaryOf(counts, check, health)),
  };
}
