import { formatDuration } from '../base/duration.ts';
import { pick } from '../base/pick.ts';
import type { HealthSummary } from '../journal/values.ts';
import type { HealthSampling, Measurement, PlannedCheck, Verdict } from '../kinds/adapter.ts';
import { describeHealthThreshold } from '../kinds/describe.ts';
import { verdictOf } from '../kinds/verdicts.ts';
import { marksIn } from './failure-window.ts';
import type { Counts } from './monitor-counts.ts';

/** What the record says of one check. */
export function summaryOf(counts: Counts, check: PlannedCheck, health: HealthSampling): HealthSummary {
  const { tally } = counts;
  return {
    check: check.id,
    kind: check.kind,
    of: subjectOf(check),
    verdict: verdictSoFar(counts),
    samples: tally.samples,
    failed: tally.failures,
    errors: tally.errors,
    ...(tally.inconclusive > 0 ? { inconclusive: tally.inconclusive } : {}),
    failureLimit: check.sampling.failureLimit,
    threshold: describeHealthThreshold(check, health),
    window: health.window,
    worstWindowFailed: counts.worstWindowFailed,
    intervalMs: check.sampling.intervalMs,
    ...pick(counts, 'badBefore', 'latest', 'lastGoodStartedAt', 'startedAt'),
    endedAt: counts.lastAt,
    ...pick(counts, 'firstBadAt', 'lastBadAt', 'badAnswersBy', 'maxGapMs', 'unwatched'),
  };
}

function verdictSoFar({ breach, tally }: Counts): Verdict {
  if (breach) return breach;
  // The limits have been evaluated, sample by sample; what is left is whether there was anything good.
  return verdictOf(tally, { failureLimit: Infinity, consecutiveErrorLimit: Infinity, consecutiveSuccessLimit: 0 });
}

function subjectOf({ kind, spec }: PlannedCheck): string {
  const main = spec[kind];
  if (Array.isArray(main)) return main.join(' ').slice(0, 200);
  return typeof main === 'string' ? main.slice(0, 200) : kind;
}

/** A breach in words: how many were bad in the window, and the one that was too many. */
export function describeBreach(
  { tally, failures, errors, breach, badBefore }: Counts,
  { sampling }: PlannedCheck,
  { window }: HealthSampling,
  last: Measurement,
): string {
  const over =
    window.kind === 'samples'
      ? `of the last ${Math.min(window.size, tally.samples - badBefore)}`
      : `within ${formatDuration(window.ms)}`;
  if (breach !== 'failed') {
    const unit = breach === 'error' ? 'errors' : 'samples that did not tell';
    return tally.consecutiveErrors > sampling.consecutiveErrorLimit
      ? `${tally.consecutiveErrors} ${unit} in a row, last ${last.summary}`
      : `${marksIn(errors)} ${unit} ${over}, last ${last.summary}`;
  }
  const by = last.answeredBy === undefined ? '' : ` by ${last.answeredBy}`;
  return `${marksIn(failures)} ${over} failed (limit ${sampling.failureLimit}), last ${last.summary}${by}`;
}
