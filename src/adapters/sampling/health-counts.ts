import type { JsonObject } from '../../domain/base/json.ts';
import type { HealthSummary } from '../../domain/journal/values.ts';
import type { HealthSampling, Measurement, PlannedCheck, Verdict } from '../../domain/kinds/adapter.ts';
import { errorLimitOf } from '../../domain/kinds/health-window.ts';
import { emptyTally, type Tally, withSample } from '../../domain/kinds/verdicts.ts';
import { marksIn, withPlace } from './marks.ts';

/** The counts of a health monitor for one check. Plain data: another worker can go on from it. */
export interface Counts
  extends Pick<HealthSummary, 'worstWindowFailed' | 'badBefore' | 'latest' | 'lastGoodStartedAt' | 'startedAt'>,
    Pick<HealthSummary, 'firstBadAt' | 'lastBadAt' | 'badAnswersBy' | 'maxGapMs' | 'unwatched'> {
  readonly tally: Tally;
  /** Of the window, as marks: failures, and samples that could not be measured or were inconclusive. */
  readonly failures: string;
  readonly errors: string;
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

/** The shortest pause of the watch that is recorded, in milliseconds; longer where samples themselves are further apart. */
const unwatchedMs = 2_000;
const pausesKept = 20;
const namesKept = 20;
/** How many bad samples of a window are kept at least; beyond its limit a check is bad anyway. */
const marksKept = 100;

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
  const usualMs = Math.max(unwatchedMs, sampling.intervalMs + sampling.timeoutMs);
  const isGap = Date.parse(at) - Date.parse(counts.lastAt) > usualMs;
  if (!isGap) return { ...counts, underWaySince: null };
  const unwatched = [...counts.unwatched, { from: counts.lastAt, to: at }].slice(0, pausesKept);
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
  const isEvaluated = counts.isEvaluated || !isBad;
  const marks = isEvaluated ? withMarks(counts, measured, tally.samples, check, health) : counts;
  const gap = !isBad && counts.lastGoodAt !== null ? Date.parse(at) - Date.parse(counts.lastGoodAt) : null;
  const isLatest = counts.latest === null || startedAt >= counts.latest.startedAt;
  const { answeredBy: before, ...kept } = counts;
  const latestBy = isLatest ? answeredBy : before;
  const after: Counts = {
    ...kept,
    ...(latestBy !== undefined && { answeredBy: latestBy }),
    ...marks,
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
  return { ...after, breach: counts.breach ?? breachIn(after, check, health, verdict) };
}

/** The window after one more sample: what counts as failed in it, and what could not be measured. */
function withMarks(
  counts: Counts,
  { verdict, endedAt }: Measurement,
  number: number,
  { sampling }: PlannedCheck,
  { window, errors }: HealthSampling,
): Pick<Counts, 'failures' | 'errors' | 'worstWindowFailed'> {
  const place = window.kind === 'samples' ? number : Date.parse(endedAt);
  // An inconclusive sample was not measured as good either.
  const isUnmeasured = verdict === 'error' || verdict === 'inconclusive';
  const isFailed = verdict === 'failed' || (isUnmeasured && errors === 'as-failures');
  const isError = isUnmeasured && errors === 'by-limit';
  const max = (limit: number) => Math.max(limit + 1, marksKept);
  const failures = withPlace(counts.failures, window, place, isFailed, max(sampling.failureLimit));
  return {
    failures,
    errors: withPlace(counts.errors, window, place, isError, max(errorLimitOf(sampling))),
    worstWindowFailed: Math.max(counts.worstWindowFailed, marksIn(failures)),
  };
}

function breachIn(
  { isEvaluated, failures, errors, tally }: Counts,
  { sampling }: PlannedCheck,
  health: HealthSampling,
  last: Verdict,
): Counts['breach'] {
  if (!isEvaluated) return null;
  if (marksIn(failures) > sampling.failureLimit) return 'failed';
  if (health.errors === 'as-failures') return null;
  const isTooMany = marksIn(errors) > errorLimitOf(sampling);
  if (!isTooMany && tally.consecutiveErrors <= sampling.consecutiveErrorLimit) return null;
  return last === 'inconclusive' ? 'inconclusive' : 'error';
}

function oneMore(counts: Counts['badAnswersBy'], who: string): Counts['badAnswersBy'] {
  const name = Object.hasOwn(counts, who) || Object.keys(counts).length < namesKept ? who : 'others';
  return { ...counts, [name]: (counts[name] ?? 0) + 1 };
}
