import type { Outcome } from '../base/phases.ts';
import type { StopCause } from '../journal/values.ts';

/** How a deployment ends that is stopped before its first change: nothing has to be undone. */
export function outcomeBeforeChange(cause: StopCause): Outcome {
  switch (cause.kind) {
    case 'abort':
    case 'cancelled':
      return 'aborted';
    case 'expired':
    case 'overrun':
      return 'expired';
    case 'superseded':
      return 'superseded';
    case 'rejected':
    case 'approval-lost':
    case 'error':
    case 'rehearsal':
    case 'breach':
    case 'step-failed':
    case 'validation-failed':
      return 'rejected';
  }
}
