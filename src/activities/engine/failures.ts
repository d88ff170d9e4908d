import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { isErrorCode } from '../../domain/base/error-codes.ts';
import { GantryError, messageOf } from '../../domain/base/errors.ts';

/**
 * What leaves an activity: an ApplicationFailure whose type is a code of the error table. An attempt that was handed over,
 * as by a worker that shuts down, has not failed at anything, so it is benign.
 */
export function toFailure(error: unknown): unknown {
  if (error instanceof ApplicationFailure && isErrorCode(error.type)) return error;
  if (error instanceof GantryError)
    return ApplicationFailure.create({
      message: error.message,
      type: error.code,
      nonRetryable: !error.retryable,
      ...(error.code === 'lost-attempt' ? { category: ApplicationFailureCategory.BENIGN } : {}),
    });
  const message = messageOf(error);
  return ApplicationFailure.create({ message, type: 'internal', nonRetryable: false });
}
