import type { JsonObject } from '../base/json.ts';
import type { HealthSummary } from '../journal/values.ts';
import type { HealthSampling, Measurement, PlannedCheck, Verdict } from '../kinds/adapter.ts';
import { emptyTally, type Tally, withSample } from '../kinds/verdicts.ts';
import { isEvaluatedBy } from './at-start.ts';
import { breachOfWindow, type FailureWindow, windowAfter } from './failure-window.ts';
import { withPause } from './unwatched.ts';

/** The counts of a health monitor for one check. Plain data: another worker can go on from it. */
export interface Counts
  extends FailureWindow,
    Pick<HealthSummary, 'badBefore' | 'latest' | 'lastGoodStartedAt' | 'startedAt'>,
    Pick<HealthSummary, 'firstBadAt' | 'lastBadAt' | 'badAnswersBy' | 'maxGapMs' | 'unwatched'> {
  readonly tally: Tally;
  readonly lastAt: string;
  readonly lastGoodAt: string | null;
  /** Who gave the answer of `latest`; absent: the check does not tell. */
  readonly answeredBy?: string;
  /** Since when the oldest sample is under way that has not ended. */
  readonly underWaySince: string | null;
  /** False: bad from the start, which is let go until it is good for the first time. */
  readonly isEvaluated: boolean;
  readonly breach: Exclude<Verdict, 'passed'> | null;
}

/** What a monitor hands on, in heartbeats and in its result: the time, and its counts by check. */
export interface Carry {
  readonly at: string;
  readonly checks: { readonly [id: string]: Counts };
}

const namesKept = 20;

export function newCounts(at: string, isEvaluated: boolean): Counts {
  return {
    tally: emptyTally,
    failures: '',
    errors: '',
    worstWindowFailed: 0,
    startedAt: at,
    lastAt: at,
    firstBadAt: null,
    lastBadAt: null,
    lastGoodAt: null,
    latest: null,
    lastGoodStartedAt: null,
    underWaySince: null,
    maxGapMs: null,
    badAnswersBy: {},
    unwatched: [],
    badBefore: 0,
    isEvaluated,
    breach: null,
  };
}

export interface Resuming {
  readonly carry: JsonObject | null;
  /** When the watch was asked for. */
  readonly since: string;
  readonly at: string;
  /** Whether what is bad from the start is let go until it is good for the first time. */
  readonly mayFailAtStart: boolean;
}

/** Goes on from the counts of an earlier monitor. The time between was unwatched, unless the next sample was not due yet. */
export function resumed({ id, sampling }: PlannedCheck, { carry, since, at, mayFailAtStart }: Resuming): Counts {
  const checks = (carry as unknown as Carry | null)?.checks;
  const known = checks && Object.hasOwn(checks, id) ? checks[id] : undefined;
  const { underWaySince: _, ...counts } = known ?? newCounts(since, !mayFailAtStart);
  const unwatched = withPause(counts.unwatched, counts.lastAt, at, sampling);
  if (!unwatched) return { ...counts, underWaySince: null };
  return { ...counts, underWaySince: null, unwatched, lastGoodAt: null, lastAt: at };
}

/** The counts after one more sample. */
export function withMeasurement(
  counts: Counts,
  measured: Measurement,
  check: PlannedCheck,
  health: HealthSampling,
): Counts {
  const { verdict, startedAt, endedAt: at, answeredBy } = measured;
  const isBad = verdict !== 'passed';
  const tally = withSample(counts.tally, verdict);
  const isEvaluated = isEvaluatedBy(counts.isEvaluated, verdict);
  const window = isEvaluated ? windowAfter(counts, measured, tally.samples, check, health) : null;
  const gap = !isBad && counts.lastGoodAt !== null ? Date.parse(at) - Date.parse(counts.lastGoodAt) : null;
  const isLatest = counts.latest === null || startedAt >= counts.latest.startedAt;
  const { answeredBy: before, ...kept } = counts;
  const latestBy = isLatest ? answeredBy : before;
  const after: Counts = {
    ...kept,
    ...(latestBy !== undefined && { answeredBy: latestBy }),
    ...window,
    tally,
    lastAt: at,
    firstBadAt: isBad ? (counts.firstBadAt ?? at) : counts.firstBadAt,
    lastBadAt: isBad ? at : counts.lastBadAt,
    lastGoodAt: isBad ? counts.lastGoodAt : at,
    latest: isLatest
      ? { verdict, startedAt, endedAt: at, summary: measured.summary.slice(0, 200).toWellFormed() }
      : counts.latest,
    lastGoodStartedAt: isBad || startedAt < (counts.lastGoodStartedAt ?? '') ? counts.lastGoodStartedAt : startedAt,
    maxGapMs: gap === null ? counts.maxGapMs : Math.max(counts.maxGapMs ?? 0, gap),
    badAnswersBy: isBad && answeredBy !== undefined ? oneMore(counts.badAnswersBy, answeredBy) : counts.badAnswersBy,
    badBefore: counts.badBefore + (isEvaluated ? 0 : 1),
    isEvaluated,
  };
  const { consecutiveErrors } = tally;
  const breach = isEvaluated ? breachOfWindow(after, check, health, { last: verdict, consecutiveErrors }) : null;
  return { ...after, breach: counts.breach ?? breach };
}

function oneMore(counts: Counts['badAnswersBy'], who: string): Counts['badAnswersBy'] {
  const name = Object.hasOwn(counts, who) || Object.keys(counts).length < namesKept ? who : 'others';
  return { ...counts, [name]: (counts[name] ?? 0) + 1 };
}
