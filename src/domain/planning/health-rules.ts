import { formatDuration } from '../base/duration.ts';
import type { Sampling } from '../kinds/adapter.ts';
import { usualHealth } from '../kinds/health-limits.ts';

interface Watch {
  /** What is sure to be watched: holds and the monitoring period, in milliseconds. */
  readonly watchMs: number;
  /** The monitoring period: what is watched after the last change. */
  readonly periodMs: number;
}

interface HealthFault {
  readonly key: 'failureLimit' | 'window' | 'interval';
  readonly detail: string;
}

/** What keeps a health check from ever saying no, or from saying anything in time. */
export function healthFaults(
  sampling: Sampling,
  { watchMs, periodMs }: Watch,
  isPaced: boolean,
): readonly HealthFault[] {
  const { failureLimit, intervalMs } = sampling;
  const { window } = sampling.health ?? usualHealth(sampling);
  const faults: HealthFault[] = [];
  const max = window.kind === 'samples' ? window.size : samplesIn(window.ms, sampling, isPaced);
  if (failureLimit >= max) {
    const held =
      window.kind === 'samples'
        ? `a window of ${max} samples`
        : `a window of ${formatDuration(window.ms)}, in which ${max} are sure to fit,`;
    faults.push({
      key: 'failureLimit',
      detail: `this check can never fail: of ${held} never more than ${failureLimit} can have failed`,
    });
  }
  if (intervalMs > periodMs)
    faults.push({
      key: 'interval',
      detail: `the monitoring period of ${formatDuration(periodMs)} is too short for one sample every ${formatDuration(intervalMs)}`,
    });
  const within = 1 + Math.floor(watchMs / intervalMs);
  if (failureLimit < max && failureLimit >= within)
    faults.push({
      key: 'failureLimit',
      detail: `this check could never fail: holds and monitoring of ${formatDuration(watchMs)} see ${within} samples, of which never more than ${failureLimit} can have failed`,
    });
  return faults;
}

/** Of a check that waits for its answer, each sample may take its whole time. */
function samplesIn(ms: number, { intervalMs, timeoutMs }: Sampling, isPaced: boolean): number {
  return Math.max(1, Math.floor(ms / (isPaced ? intervalMs : Math.max(intervalMs, timeoutMs))));
}
