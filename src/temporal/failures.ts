import { isGrpcServiceError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import { GantryError, isErrorCode } from '../domain/base/errors.ts';

/**
 * At most 10 updates are in flight on one workflow, a run may end under one, and the task that brought one may fail, when
 * a signal comes as the workflow wants to end: none of them has been heard, and all are said to pass.
 */
export function isWorthRepeating(error: unknown): boolean {
  const resourceExhausted = 8;
  const passing = /workflow update was aborted|resource exhausted|unable to perform workflow execution update/i;
  return codeOf(error) === resourceExhausted || passing.test(textOf(error));
}

/** The workflow closed before it saw the update. */
export function isCutOff(error: unknown): boolean {
  return /workflow update was aborted by closing workflow/i.test(textOf(error));
}

/** What went wrong with Temporal, as whoever asked is told it: a code of the table. */
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
  const notFound = 5;
  if (error instanceof WorkflowNotFoundError || codeOf(error) === notFound)
    return new GantryError('not-found', `${what} is not known to Temporal.`, { cause: error });
  return new GantryError('engine-unavailable', `${what}: Temporal gave no answer within ${ms / 1000} s.`, {
    cause: error,
  });
}

function codeOf(error: unknown): number | undefined {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof Error && isGrpcServiceError(error.cause) ? error.cause.code : undefined;
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}`;
}
