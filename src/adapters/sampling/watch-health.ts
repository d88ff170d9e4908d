import { once } from 'node:events';
import type { JsonObject } from '../../domain/base/json.ts';
import type { BoundCheck, Measurement } from '../../domain/kinds/adapter.ts';
import type { MonitorResult } from '../../domain/ports/observation.ts';
import { now } from '../clock.ts';
import { describeBreach, summaryOf } from './health-summary.ts';
import type { Sampler } from './sample.ts';
import { WatchedCheck } from './watched-check.ts';

export interface WatchOptions extends Sampler {
  readonly checks: readonly BoundCheck[];
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Ends the watch as soon as each check has been asked once more, and what was under way has ended. */
  readonly settle?: AbortSignal;
  /** What an earlier watch knew. */
  readonly carry: JsonObject | null;
  /** When the watch was asked for, ISO 8601: what was not watched since then is said. Now when absent. */
  readonly since?: string;
  /** `evaluate` ends at the first breach, `measure` only counts. */
  readonly mode: 'evaluate' | 'measure';
  /** Whether checks that are bad from the start are let go until they are good for the first time, whatever they say. */
  readonly mayFailAtStart?: boolean;
  /** Hears all there is to know, again and again, so that another worker can go on from it. */
  readonly onState: (carry: JsonObject) => void;
  /** Gets what has it told now, for as long as the watch lasts. */
  readonly onTeller?: (tell: () => void) => void;
}

type Watched = Omit<MonitorResult, 'worker' | 'ruleChanges'>;

/** What a killed worker has counted since is lost with it. */
const tellEveryMs = 1_000;
const lookEveryMs = 20;

/** Samples checks at their own pace until told to stop or, evaluating, until the first breach, which it answers at once. */
export async function watchHealth(options: WatchOptions): Promise<Watched> {
  const { checks, signal, carry, mode, onState, since = now(), mayFailAtStart = false } = options;
  const { settle = new AbortController().signal } = options;
  const over = new AbortController();
  const watched = checks.map((check) => new WatchedCheck(check, options, { carry, since, mayFailAtStart }));
  const carried = (): JsonObject => {
    const told = Object.fromEntries(watched.map((one) => [one.check.id, one.told]));
    return JSON.parse(JSON.stringify({ at: now(), checks: told })) as JsonObject;
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
    // Somebody waits for the first samples of all.
    if (isFirst && watched.every(({ counts }) => counts.latest !== null)) tell();
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
  const tell = () => onState(carried());
  tell();
  options.onTeller?.(tell);
  const ticker = setInterval(tell, tellEveryMs);
  if (settle.aborted) settleDown();
  else settle.addEventListener('abort', settleDown, { once: true });
  try {
    // A breach waits for nobody: probes that end slowly are told to stop and end by themselves.
    const breached = once(over.signal, 'abort');
    const ends = { now: over.signal, told: signal, settle };
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
