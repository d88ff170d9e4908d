import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import { type ErrorCode, isErrorCode } from '../../domain/base/error-codes.ts';
import type { JsonObject } from '../../domain/base/json.ts';

// What the failure of an activity means.

/** The first code in a chain of causes. */
export function codeOf(error: unknown): ErrorCode | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    if (at instanceof ApplicationFailure && isErrorCode(at.type)) return at.type;
  return undefined;
}

/** The innermost message: Temporal's own outer ones only say that an activity failed. */
export function rootMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? rootMessage(error.cause) : error.message;
}

/** Whether an activity ended without a worker having taken it: Temporal lets none begin it later. */
export const wasNeverTaken = (error: unknown) => timeoutOf(error)?.timeoutType === 'SCHEDULE_TO_START';

/** Whether the worker of an activity was lost. */
export const wasLost = (error: unknown) => timeoutOf(error)?.timeoutType === 'HEARTBEAT';

/** What an activity that timed out has put into its last heartbeat; null: nothing, or it ended some other way. */
export const lastHeartbeat = (error: unknown) =>
  (timeoutOf(error)?.lastHeartbeatDetails as JsonObject | undefined) ?? null;

/** The limit that ended an activity; undefined where something else did. */
export function timeoutOf(error: unknown): TimeoutFailure | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof TimeoutFailure ? cause : undefined;
}
