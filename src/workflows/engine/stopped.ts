import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import { type ErrorCode, isErrorCode } from '../../domain/base/errors.ts';
import type { StopCause } from '../../domain/journal/values.ts';

/** Thrown by a phase that ends the deployment, and by anything that finds it stopped. */
export class Stopped extends Error {
  readonly stopCause: StopCause;

  constructor(cause: StopCause) {
    super(cause.kind);
    this.stopCause = cause;
  }
}

/** Any error ends a deployment, whatever its kind; the first message with a code tells the journal why. */
export function causeOf(error: unknown): StopCause {
  if (error instanceof Stopped) return error.stopCause;
  if (isCancellation(error)) return { kind: 'cancelled' };
  const code = codeOf(error);
  if (code === undefined && error instanceof ActivityFailure && error.cause instanceof TimeoutFailure)
    return { kind: 'error', code: 'lost-attempt', summary: `${error.activityType} got no answer in its time` };
  const summary = error instanceof Error ? rootMessage(error) : String(error);
  return { kind: 'error', code: code ?? 'internal', summary };
}

/** The first code in a chain of causes. */
export function codeOf(error: unknown): ErrorCode | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    if (at instanceof ApplicationFailure && isErrorCode(at.type)) return at.type;
  return undefined;
}

/** Whether an activity ended without any worker ever having it: Temporal lets none begin it later. */
export function wasNeverTaken(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START';
}

/** The innermost message: Temporal's own outer ones only say that an activity failed. */
export function rootMessage(error: Error): string {
  return error.cause instanceof Error ? rootMessage(error.cause) : error.message;
}
