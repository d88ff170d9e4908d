import { formatDuration } from '../base/duration.ts';
import type { Measurement } from './adapter.ts';

/**
 * An answer later than its limit is `error`, or what its kind says (`whenLate`). The one place that holds answers to their
 * limit: whatever kept one, a timer that came too late included, it is late.
 */
export function heldToLimit(
  measured: Measurement,
  tookMs: number,
  timeoutMs: number,
  late: Measurement['verdict'] = 'error',
): Measurement {
  if (tookMs <= timeoutMs || measured.verdict === 'error' || measured.verdict === late) return measured;
  const { readBack: _, ...seen } = measured;
  return { ...seen, verdict: late, summary: `${seen.summary}, later than its ${formatDuration(timeoutMs)}` };
}
