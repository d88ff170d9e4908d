import { formatDuration } from '../base/duration.ts';
import type { JsonObject } from '../base/json.ts';
import type { PlannedCheck, Sampling } from '../kinds/adapter.ts';
import { usualHealth } from '../kinds/health-limits.ts';

// Refused of checks: limits that can never fail or never pass, and paces that the watch is too short for.

/** An option of a check that has no meaning where it stands, and why. */
export interface SamplingFault {
  readonly key: string;
  readonly why: string;
}

/**
 * What is wrong with how a check is sampled that decides at one point (verify, validation, rollback): options that would
 * be read and not heeded, and limits that could never fail or never pass. `document` is the check as it was written.
 */
export function pointFaults(document: JsonObject, sampling: Sampling): readonly SamplingFault[] {
  return [
    ...(sampling.withinMs > 0 ? triedFaults(document, sampling) : countedFaults(document, sampling)),
    ...written(document, ['absent'], absent),
  ];
}

/** The same for the check that reads an effect back: it answers done, not done or unknown, by samples that agree. */
export function doneFaults(document: JsonObject): readonly SamplingFault[] {
  const limits = ['failureLimit', 'consecutiveErrorLimit', 'consecutiveSuccessLimit', 'onInconclusive'];
  const once = document['within'] === undefined ? [] : ['count'];
  return [
    ...written(document, limits, 'samples that do not agree with each other tell nothing of an effect'),
    ...written(document, once, 'with within the last sample decides: leave one of both out'),
  ];
}

/** The same for a health check; `isPaced`: its adapter has a rate of its own. */
export function runningFaults(document: JsonObject, isPaced: boolean): readonly SamplingFault[] {
  const once = ['within', 'count', 'consecutiveSuccessLimit'];
  const own = isPaced ? ['interval', 'consecutiveErrorLimit'] : [];
  return [
    ...written(document, once, 'a health check runs until the deployment ends'),
    ...written(document, ['absent'], absent),
    ...written(document, own, 'it samples at its own rate, and every bad sample counts'),
  ];
}

/** What is wrong with a check that a rollback goes by: its way back, and reading effects back, must not need a source of metrics. */
export function metricsFaults({ kind, traits }: Pick<PlannedCheck, 'kind' | 'traits'>): readonly SamplingFault[] {
  if (!traits?.includes('metrics-source')) return [];
  return [{ key: kind, why: 'a rollback goes on without a source of metrics' }];
}

const absent = 'it says what a read-back takes for "not done", so it stands in done only';

/** A check that is tried until it passes ends as its last sample says. */
function triedFaults(document: JsonObject, sampling: Sampling): readonly SamplingFault[] {
  const { withinMs, intervalMs, consecutiveSuccessLimit } = sampling;
  const max = 1 + Math.ceil(withinMs / Math.max(1, intervalMs));
  const tried = 'with within it is tried until it passes, however often it fails: leave one of both out';
  const never = `it can never pass: within ${formatDuration(withinMs)} it is sampled ${max} times at most`;
  return [
    ...written(document, ['count', 'failureLimit', 'consecutiveErrorLimit'], tried),
    ...(consecutiveSuccessLimit > max ? [{ key: 'consecutiveSuccessLimit', why: never }] : []),
  ];
}

function countedFaults(document: JsonObject, sampling: Sampling): readonly SamplingFault[] {
  const { count, failureLimit, consecutiveErrorLimit, consecutiveSuccessLimit } = sampling;
  const faults: SamplingFault[] = [];
  const fault = (key: string, why: string) => faults.push({ key, why });
  if (consecutiveSuccessLimit > count)
    fault(
      'consecutiveSuccessLimit',
      `it can never pass: of ${count} samples no ${consecutiveSuccessLimit} follow each other`,
    );
  if (failureLimit >= count)
    fault('failureLimit', `it can never fail: of ${count} samples no more than ${count} can be bad`);
  // The default is more than one sample can reach, and means nothing there.
  if (document['consecutiveErrorLimit'] !== undefined && consecutiveErrorLimit >= count)
    fault('consecutiveErrorLimit', `it can never be reached: of ${count} samples no more than ${count} can err`);
  return faults;
}

/** Of the keys those that a document has, each as a fault. */
export function written(document: JsonObject, keys: readonly string[], why: string): readonly SamplingFault[] {
  return keys.filter((key) => document[key] !== undefined).map((key) => ({ key, why }));
}

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
