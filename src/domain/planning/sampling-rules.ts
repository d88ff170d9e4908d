import { formatDuration } from '../base/duration.ts';
import type { JsonObject } from '../base/json.ts';
import type { Sampling } from '../kinds/adapter.ts';

/** An option of a check that is refused, and why. */
export interface SamplingFault {
  readonly key: string;
  readonly why: string;
}

const onceOnly = ['count', 'failureLimit', 'consecutiveErrorLimit'];

/**
 * What is wrong with how a check is sampled that decides at one point (verify, validation, rollback): options that would
 * be read and not heeded, and limits that could never fail or never pass. `document` is the check as it was written.
 */
export function pointFaults(document: JsonObject, sampling: Sampling): readonly SamplingFault[] {
  return [
    ...(sampling.withinMs > 0 ? triedFaults(document, sampling) : countedFaults(document, sampling)),
    ...absent(document),
  ];
}

/** The same for the check that reads an effect back: it answers done, not done or unknown, by samples that agree. */
export function doneFaults(document: JsonObject): readonly SamplingFault[] {
  const limits = ['failureLimit', 'consecutiveErrorLimit', 'consecutiveSuccessLimit', 'onInconclusive'];
  return [
    ...written(document, limits, 'samples that do not agree with each other tell nothing of an effect'),
    ...(document['within'] === undefined
      ? []
      : written(document, ['count'], 'with within the last sample decides: leave one of both out')),
  ];
}

/** A check that is tried until it passes ends as its last sample says. */
function triedFaults(document: JsonObject, sampling: Sampling): readonly SamplingFault[] {
  const { withinMs, intervalMs, consecutiveSuccessLimit } = sampling;
  const max = 1 + Math.ceil(withinMs / Math.max(1, intervalMs));
  return [
    ...written(
      document,
      onceOnly,
      'with within it is tried until it passes, however often it fails: leave one of both out',
    ),
    ...(consecutiveSuccessLimit > max
      ? [
          {
            key: 'consecutiveSuccessLimit',
            why: `it can never pass: within ${formatDuration(withinMs)} it is sampled ${max} times at most`,
          },
        ]
      : []),
  ];
}

function countedFaults(document: JsonObject, sampling: Sampling): readonly SamplingFault[] {
  const { count, failureLimit, consecutiveErrorLimit, consecutiveSuccessLimit } = sampling;
  const faults: SamplingFault[] = [];
  if (consecutiveSuccessLimit > count)
    faults.push({
      key: 'consecutiveSuccessLimit',
      why: `it can never pass: of ${count} samples no ${consecutiveSuccessLimit} follow each other`,
    });
  if (failureLimit >= count)
    faults.push({
      key: 'failureLimit',
      why: `it can never fail: of ${count} samples no more than ${count} can be bad`,
    });
  // The default is more than one sample can reach, and means nothing there.
  if (document['consecutiveErrorLimit'] !== undefined && consecutiveErrorLimit >= count)
    faults.push({
      key: 'consecutiveErrorLimit',
      why: `it can never be reached: of ${count} samples no more than ${count} can err`,
    });
  return faults;
}

/** An absence says something of an effect that is read back, and nothing anywhere else. */
function absent(document: JsonObject): readonly SamplingFault[] {
  return written(document, ['absent'], 'it says what a read-back takes for "not done", so it stands in done only');
}

function written(document: JsonObject, keys: readonly string[], why: string): readonly SamplingFault[] {
  return keys.filter((key) => document[key] !== undefined).map((key) => ({ key, why }));
}
