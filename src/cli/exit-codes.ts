import { type ErrorCode, errorTable, GantryError } from '../domain/base/errors.ts';
import type { Outcome } from '../domain/base/phases.ts';

/** What the exit code of a client verb says. `docs/reference` has this table for people. */
export const exitCodes = {
  /** It came out as wished. */
  done: 0,
  /** The deployment was rolled back, rejected, aborted, superseded, or has expired. */
  otherwise: 1,
  /** The command line, or a file that it names, is wrong: nothing was sent. */
  usage: 2,
  /** The API refused it: nothing was changed. */
  refused: 3,
  /** The deployment needs a person. */
  needsIntervention: 4,
  /** Nothing answered, so nobody knows whether it was done: repeat it with the same key. */
  unknown: 5,
  /** The deployment still runs, and the time to wait is over. */
  stillRunning: 6,
  notLoggedIn: 7,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const ofUsage: ReadonlySet<ErrorCode> = new Set(['invalid-config', 'malformed', 'malformed-json', 'malformed-yaml']);

/** The exit code of a verb that failed. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!(error instanceof GantryError)) return exitCodes.unknown;
  const { status, retryable } = errorTable[error.code];
  if (status === 401) return exitCodes.notLoggedIn;
  if (ofUsage.has(error.code)) return exitCodes.usage;
  // What may be repeated unchanged, and faults of the service, leave open what has become of it.
  return retryable || status >= 500 ? exitCodes.unknown : exitCodes.refused;
}

/** The exit code of a verb that waited for a deployment's end. */
export function exitCodeOfOutcome(outcome: Outcome): ExitCode {
  if (outcome === 'succeeded') return exitCodes.done;
  return outcome === 'needs-intervention' ? exitCodes.needsIntervention : exitCodes.otherwise;
}
