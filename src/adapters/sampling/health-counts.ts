import type { BoundCheck, JsonObject, Measurement, Verdict } from '../../domain/adapters.ts';
import { type HealthSummary } from '../../domain/journal.ts';
import { breachOf, emptyTally, type Tally, verdictOf, withSample } from '../../domain/verdicts.ts';

/** What a health monitor knows of one check. Plain data: another worker can go on from it. */
export interface Counts {
  readonly tally: Tally;
  /** The latest samples, oldest first, `1` for a bad one; only where the check has a window. */
  readonly window: string;
  readonly worstWindowFailed: number;
  readonly startedAt: string;
  readonly lastAt: string;
  readonly firstBadAt: string | null;
  readonly lastBadAt: string | null;
  readonly lastGoodAt: string | null;
  readonly longestGapMs: number | null;
  readonly badAnswersBy: { readonly [who: string]: number };
  readonly unwatched: readonly { readonly from: string; readonly to: string }[];
  readonly breach: 'failed' | 'error' | null;
}

/** A pause of the watch that is worth a word, in milliseconds; longer where samples themselves are further apart. */
const unwatchedMs = 2_000;
const pausesKept = 20;
const namesKept = 20;

export function newCounts(at: string): Counts {
  return {
    tally: emptyTally,
    window: '',
    worstWindowFailed: 0,
    startedAt: at,
    lastAt: at,
    firstBadAt: null,
    lastBadAt: null,
    lastGoodAt: null,
    longestGapMs: null,
    badAnswersBy: {},
    unwatched: [],
    breach: null,
  };
}

/**
 * Goes on from what an earlier monitor knew, or from `since`, when the watch was asked for. The time between is
 * nobody's, unless the next sample was not due yet.
 */
export function resumed(
  carry: JsonObject | null,
  { id, sampling }: BoundCheck,
  intervalMs: number,
  since: string,
  at: string,
): Counts {
  const known = (carry?.[id] as unknown as Counts | undefined) ?? newCounts(since);
  const usualMs = Math.max(unwatchedMs, intervalMs + sampling.timeoutMs);
  const isGap = Date.parse(at) - Date.parse(known.lastAt) > usualMs;
  if (!isGap) return known;
  const unwatched = [...known.unwatched, { from: known.lastAt, to: at }].slice(0, pausesKept);
  return { ...known, unwatched, lastGoodAt: null, lastAt: at };
}

/** The counts after one more sample; `windowSize` 0: the whole run is one window. */
export function withMeasurement(counts: Counts, measured: Measurement, check: BoundCheck, windowSize: number): Counts {
  const { verdict, endedAt: at, answeredBy } = measured;
  const isBad = verdict !== 'passed';
  const tally = withSample(counts.tally, verdict);
  const window = windowSize === 0 ? '' : (counts.window + (isBad ? '1' : '0')).slice(-windowSize);
  const failedInWindow = windowSize === 0 ? tally.failures : window.replaceAll('0', '').length;
  const gap = !isBad && counts.lastGoodAt !== null ? Date.parse(at) - Date.parse(counts.lastGoodAt) : null;
  const breach =
    windowSize === 0 ? breachOf(tally, check.sampling) : failedInWindow > check.sampling.failureLimit ? 'failed' : null;
  return {
    ...counts,
    tally,
    window,
    worstWindowFailed: Math.max(counts.worstWindowFailed, failedInWindow),
    lastAt: at,
    firstBadAt: isBad ? (counts.firstBadAt ?? at) : counts.firstBadAt,
    lastBadAt: isBad ? at : counts.lastBadAt,
    lastGoodAt: isBad ? counts.lastGoodAt : at,
    longestGapMs: gap === null ? counts.longestGapMs : Math.max(counts.longestGapMs ?? 0, gap),
    badAnswersBy: isBad && answeredBy !== undefined ? oneMore(counts.badAnswersBy, answeredBy) : counts.badAnswersBy,
    breach: counts.breach ?? breach,
  };
}

function oneMore(counts: Counts['badAnswersBy'], who: string): Counts['badAnswersBy'] {
  const name = Object.hasOwn(counts, who) || Object.keys(counts).length < namesKept ? who : 'others';
  return { ...counts, [name]: (counts[name] ?? 0) + 1 };
}

export function summaryOf(counts: Counts, check: BoundCheck, windowSize: number): HealthSummary {
  const { tally } = counts;
  return {
    check: check.id,
    kind: check.kind,
    of: subjectOf(check),
    verdict: verdictSoFar(counts),
    samples: tally.samples,
    failed: tally.failures,
    errors: tally.errors,
    failureLimit: check.sampling.failureLimit,
    windowSize,
    worstWindowFailed: counts.worstWindowFailed,
    startedAt: counts.startedAt,
    endedAt: counts.lastAt,
    firstBadAt: counts.firstBadAt,
    lastBadAt: counts.lastBadAt,
    badAnswersBy: counts.badAnswersBy,
    longestGapMs: counts.longestGapMs,
    unwatched: counts.unwatched,
  };
}

function verdictSoFar({ breach, tally }: Counts): Verdict {
  if (breach) return breach;
  // The limits have been judged, sample by sample; what is left is whether there was anything good.
  return verdictOf(tally, { failureLimit: Infinity, consecutiveErrorLimit: Infinity, consecutiveSuccessLimit: 0 });
}

function subjectOf({ kind, spec }: BoundCheck): string {
  const main = spec[kind];
  if (Array.isArray(main)) return main.join(' ').slice(0, 200);
  return typeof main === 'string' ? main.slice(0, 200) : kind;
}
