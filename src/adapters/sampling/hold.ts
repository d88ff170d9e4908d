import { formatDuration } from '../../domain/base/duration.ts';
import type { CheckResult } from '../../domain/journal/values.ts';
import type { PlannedCheck } from '../../domain/kinds/adapter.ts';
import { breachOf, emptyTally, type Tally, withSample } from '../../domain/kinds/verdicts.ts';
import { pauseFor } from '../clock.ts';
import { type ObserveOptions, observe } from './sample-until-decided.ts';

/**
 * Checks that have passed go on being measured for `holdMs`, each at its limits, to see effects that come late. Returns the
 * results with all their samples; one that did not hold ends as what it was measured to be. Never throws.
 */
export async function hold(
  checks: readonly PlannedCheck[],
  passedSoFar: readonly CheckResult[],
  holdMs: number,
  options: Omit<ObserveOptions, 'once'>,
): Promise<readonly CheckResult[]> {
  const began = performance.now();
  const results = [...passedSoFar];
  const tallies = new Map<string, Tally>();
  const holding = () => checks.filter((_, i) => results[i]?.verdict === 'passed');
  const intervalMs = Math.min(...checks.map(({ sampling }) => sampling.intervalMs));
  for (let isLast = false; !isLast && holding().length > 0; ) {
    const leftMs = holdMs - (performance.now() - began);
    await pauseFor(Math.min(intervalMs, leftMs), options.signal);
    isLast = options.signal.aborted || performance.now() - began >= holdMs;
    const held = holding();
    const round = await observe(held, { ...options, once: true });
    for (const [j, check] of held.entries()) {
      const [seen, i] = [round[j], checks.indexOf(check)];
      const before = results[i];
      if (!seen || !before) continue;
      const tally = withSample(tallies.get(check.id) ?? emptyTally, seen.verdict);
      tallies.set(check.id, tally);
      results[i] = {
        ...seen,
        verdict: breachOf(tally, check.sampling) ?? (isLast ? seen.verdict : 'passed'),
        threshold: `${seen.threshold}, held for ${formatDuration(holdMs)}`,
        samples: before.samples + 1,
        startedAt: before.startedAt,
      };
    }
  }
  return results;
}
