import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import { isErrorCode } from '../domain/base/error-codes.ts';
import { GantryError, hasCode } from '../domain/base/errors.ts';
import { hasGrpcCode } from './grpc-codes.ts';

/**
 * At most 10 updates are in flight on one workflow, a run may end under one, and the task that brought one may fail when
 * a signal comes as the workflow wants to end. The workflow has seen none of these updates, and each may pass later.
 */
export function isWorthRepeating(error: unknown): boolean {
  const passing = /workflow update was aborted|resource exhausted|unable to perform workflow execution update/i;
  return causedBy(error, 'resource-exhausted') || passing.test(textOf(error));
}

/** The workflow closed before it saw the update. */
export function isCutOff(error: unknown): boolean {
  return /workflow update was aborted by closing workflow/i.test(textOf(error));
}

/** What a call answers; null where Temporal does not know what it asks for (any more). */
export async function nullIfUnknown<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (isUnknown(error)) return null;
    throw error;
  }
}

function isUnknown(error: unknown): boolean {
  // For a history that is not there the SDK passes on the server's own error.
  return error instanceof WorkflowNotFoundError || hasGrpcCode(error, 'not-found') || hasCode(error, 'not-found');
}

/** An error of Temporal as the caller gets it: with a code of the table. */
export function explain(error: unknown, what: string, ms: number): GantryError {
  if (error instanceof GantryError) return error;
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    const { type, message } = error.cause;
    if (isErrorCode(type)) return new GantryError(type, message, { cause: error });
  }
  if (error instanceof WorkflowExecutionAlreadyStartedError)
    return new GantryError(
      'needs-intervention',
      `${what} was ended from outside. It takes no requests until resolve starts it again from what the store knows.`,
      { cause: error },
    );
  if (error instanceof WorkflowNotFoundError || causedBy(error, 'not-found'))
    return new GantryError('not-found', `${what} is not known to Temporal.`, { cause: error });
  return new GantryError('engine-unavailable', `${what}: Temporal gave no answer within ${ms / 1000} s.`, {
    cause: error,
  });
}

function causedBy(error: unknown, code: 'not-found' | 'resource-exhausted'): boolean {
  return hasGrpcCode(error, code) || (error instanceof Error && hasGrpcCode(error.cause, code));
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}`;
}
