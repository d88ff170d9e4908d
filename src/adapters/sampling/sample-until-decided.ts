import type { CheckResult } from '../../domain/journal/values.ts';
import type { Measurement, PlannedCheck, Verdict } from '../../domain/kinds/adapter.ts';
import { describeThreshold } from '../../domain/kinds/describe.ts';
import { breachOf, emptyTally, hasPassed, type Tally, verdictOf, withSample } from '../../domain/kinds/verdicts.ts';
import { checksAtOnce } from '../../domain/plan/durations.ts';
import { now, pauseFor } from '../clock.ts';
import { type Sampler, sample } from './one-sample.ts';

export interface ObserveOptions extends Sampler {
  readonly signal: AbortSignal;
  /** One sample each, whatever the checks' own sampling says. */
  readonly once: boolean;
}

/** Measures checks side by side, each as its sampling says; results stand in the order of the checks. Never throws. */
export async function observe(
  checks: readonly PlannedCheck[],
  options: ObserveOptions,
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  const waiting = checks.entries();
  const take = async () => {
    for (const [i, check] of waiting) results[i] = await observeOne(check, options);
  };
  await Promise.all(Array.from({ length: Math.min(checksAtOnce, checks.length) }, take));
  return results;
}

async function observeOne(check: PlannedCheck, options: ObserveOptions): Promise<CheckResult> {
  const startedAt = now();
  const { sampling } = check;
  const { signal } = options;
  const until = Date.now() + sampling.withinMs;
  let tally = emptyTally;
  let last: Measurement | null = null;
  for (;;) {
    last = await sample(check, options, signal);
    tally = withSample(tally, last.verdict);
    if (signal.aborted) return resultOf(check, 'error', tally, { ...last, summary: 'cancelled' }, startedAt);
    if (options.once || isDecided(check, tally, until)) break;
    // The last sample of a check that is tried `within` a time falls on its end.
    const pauseMs = sampling.withinMs > 0 ? Math.min(sampling.intervalMs, until - Date.now()) : sampling.intervalMs;
    await pauseFor(pauseMs, signal);
  }
  return resultOf(check, options.once ? last.verdict : finalVerdict(check, tally, last), tally, last, startedAt);
}

function isDecided({ sampling }: PlannedCheck, tally: Tally, until: number): boolean {
  if (sampling.withinMs > 0) return hasPassed(tally, sampling) || Date.now() >= until;
  return tally.samples >= sampling.count || breachOf(tally, sampling) !== null;
}

function finalVerdict({ sampling }: PlannedCheck, tally: Tally, last: Measurement): Verdict {
  if (sampling.withinMs === 0) {
    const verdict = verdictOf(tally, sampling);
    // A check that cannot be measured at its end has not passed, however good it was before.
    return verdict === 'passed' && last.verdict !== 'failed' ? last.verdict : verdict;
  }
  if (hasPassed(tally, sampling)) return 'passed';
  return last.verdict === 'passed' ? 'inconclusive' : last.verdict;
}

function resultOf(
  check: PlannedCheck,
  verdict: Verdict,
  tally: Tally,
  { summary, observed }: Measurement,
  startedAt: string,
): CheckResult {
  const { count, failureLimit, withinMs } = check.sampling;
  const limit = count > 1 && withinMs === 0 ? `, ≤ ${failureLimit} of ${count} failed` : '';
  const threshold = `${describeThreshold(check.expects)}${limit}`;
  const times = { startedAt, endedAt: now() };
  return { check: check.id, kind: check.kind, verdict, threshold, summary, samples: tally.samples, observed, ...times };
}
