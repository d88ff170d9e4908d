import type { FastifyError } from 'fastify';
import type { Problem } from '../../contract/problem.ts';
import { type ErrorCode, errorTable } from '../../domain/base/error-codes.ts';
import { type ErrorIssue, GantryError } from '../../domain/base/errors.ts';

const fastifyCodes: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['too-large', 'The body is larger than 1 MiB.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', 'Send application/json.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['malformed-json', 'The body is empty.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['malformed', 'Content-Length does not match the body.'],
};

/** Anything thrown, as an error of the table; the details of an unexpected one stay in the log. */
export function toGantryError(error: unknown): GantryError {
  if (error instanceof GantryError) return error;
  const { code, statusCode } = (error ?? {}) as Partial<FastifyError>;
  const known = code === undefined ? undefined : fastifyCodes[code];
  if (known) return new GantryError(known[0], known[1], { cause: error });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new GantryError('malformed', 'The request is malformed.', { cause: error });
  return new GantryError('internal', 'Something failed inside Gantry; its log says what.', { cause: error });
}

export function problemOf(error: GantryError): Problem {
  const { title, status } = errorTable[error.code];
  const issues: readonly ErrorIssue[] = error.issues;
  return {
    type: `https://gantry.invalid/errors#${error.code}`,
    title,
    status,
    detail: error.message.slice(0, 2000),
    code: error.code,
    ...(error.pointer === undefined ? {} : { pointer: error.pointer }),
    ...(issues.length > 1 ? { issues: issues.slice(0, 50).map((issue) => ({ ...issue })) } : {}),
  };
}
