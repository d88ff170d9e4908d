import { formatDuration } from '../../domain/base/duration.ts';
import type { ReadBack } from '../../domain/deployment/step-retries.ts';
import type { Measurement, PlannedCheck } from '../../domain/kinds/adapter.ts';
import type { ObserveResult } from '../../domain/ports/observation.ts';
import { pauseFor } from '../clock.ts';
import { type Sampler, sample } from './one-sample.ts';

export interface ReadBackOptions extends Sampler {
  readonly signal: AbortSignal;
  /** How long "not done" must hold until it is believed, in milliseconds; 0: its first samples are. */
  readonly settleMs: number;
  /** Only whether it is surely not done: the first sample that says anything else is the answer. */
  readonly isWayBack: boolean;
}

/** What is known of an effect, and what was seen. */
export type EffectReading = NonNullable<ObserveResult['reading']>;

/** What one sample proves of an effect: a crash, a refused connection or an unexpected answer proves nothing. */
function readingOf({ verdict, readBack: seen }: Measurement): ReadBack {
  return verdict === 'passed' ? 'done' : (seen ?? 'unknown');
}

/**
 * Reads an effect back: `count` samples that follow each other must agree. It is done as soon as they do; that it is not
 * done is believed only of samples that were begun after the settling time, since it may come until then. Never throws.
 */
export async function readBack(check: PlannedCheck, options: ReadBackOptions): Promise<EffectReading> {
  const { signal, settleMs, isWayBack } = options;
  const { count, intervalMs } = check.sampling;
  const began = performance.now();
  let last: ReadBack | null = null;
  let agreeing = 0;
  for (let samples = 1; ; samples += 1) {
    const isSettled = performance.now() - began >= settleMs;
    const measured = await sample(check, options, signal);
    if (signal.aborted) return { readBack: 'unknown', summary: 'cancelled' };
    const reading = readingOf(measured);
    agreeing = reading === last ? agreeing + 1 : 1;
    last = reading;
    const isAgreed = agreeing >= count;
    if (isWayBack && reading !== 'not-done') return { readBack: reading, summary: measured.summary };
    if (reading === 'done' && isAgreed) return { readBack: 'done', summary: measured.summary };
    if (samples >= count && isSettled) {
      const still = reading === 'not-done' && settleMs > 0 ? `, still so after ${formatDuration(settleMs)}` : '';
      return { readBack: isAgreed ? reading : 'unknown', summary: `${measured.summary}${still}` };
    }
    const leftMs = settleMs - (performance.now() - began);
    // The last sample begins as soon as the time is over.
    const pauseMs = samples >= count ? leftMs : intervalMs;
    await pauseFor(Math.min(intervalMs, pauseMs), signal);
  }
}
