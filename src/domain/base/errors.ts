import { type ErrorCode, errorTable } from './error-codes.ts';

export interface GantryErrorOptions {
  /** JSON pointer (RFC 6901) to the offending input, `''` for the whole. */
  readonly pointer?: string;
  readonly cause?: unknown;
  /** More findings of the same kind, when several were made at once. */
  readonly issues?: readonly ErrorIssue[];
  /** What to do next, for people, where the place that fails knows better than the code says. */
  readonly advice?: string | undefined;
}

export interface ErrorIssue {
  readonly pointer: string;
  readonly code: ErrorCode;
  readonly detail: string;
}

/** An error with a code of the table, a sentence for people (`message`) and, for input, the place. */
export class GantryError extends Error {
  override readonly name = 'GantryError';
  readonly code: ErrorCode;
  readonly pointer: string | undefined;
  readonly issues: readonly ErrorIssue[];
  readonly advice: string | undefined;

  constructor(code: ErrorCode, detail: string, options: GantryErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.pointer = options.pointer;
    this.issues = options.issues ?? [];
    this.advice = options.advice;
  }

  get status(): number {
    return errorTable[this.code].status;
  }

  get retryable(): boolean {
    return errorTable[this.code].retryable;
  }
}

/** Whether something that was thrown is an error with one of these codes. */
export function hasCode(error: unknown, ...codes: readonly ErrorCode[]): error is GantryError {
  return error instanceof GantryError && codes.includes(error.code);
}

/** For `catch`: what stands in place of an error with one of these codes. Any other is thrown. */
export const insteadOf =
  <const T>(code: ErrorCode, otherwise: T) =>
  (error: unknown): T => {
    if (hasCode(error, code)) return otherwise;
    throw error;
  };

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
