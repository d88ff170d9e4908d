import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import type { StopCause } from '../../domain/journal/values.ts';
import { codeOf, rootMessage, timeoutOf } from './failures.ts';

/** Thrown by a phase that ends the deployment, and by anything that finds it stopped. */
export class Stopped extends Error {
  readonly stopCause: StopCause;

  constructor(cause: StopCause) {
    super(cause.kind);
    this.stopCause = cause;
  }
}

/** Any error ends a deployment, whatever its kind; the first message with a code is journaled as the reason. */
export function causeOf(error: unknown): StopCause {
  if (error instanceof Stopped) return error.stopCause;
  if (isCancellation(error)) return { kind: 'cancelled' };
  const code = codeOf(error);
  if (code === undefined && error instanceof ActivityFailure && timeoutOf(error))
    return { kind: 'error', code: 'lost-attempt', summary: `${error.activityType} got no answer in its time` };
  return { kind: 'error', code: code ?? 'internal', summary: rootMessage(error) };
}
