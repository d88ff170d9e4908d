import { type ErrorCode, errorTable } from '../domain/base/error-codes.ts';
import { GantryError } from '../domain/base/errors.ts';
import type { Outcome } from '../domain/base/phases.ts';

/** The exit codes of client verbs. */
export const exitCodes = {
  done: 0,
  otherwise: 1,
  usage: 2,
  refused: 3,
  needsIntervention: 4,
  unknown: 5,
  stillRunning: 6,
  notLoggedIn: 7,
  interrupted: 130,
} as const;

/** What each says: the table of `docs/reference/command-line.md`. */
export const exitCodeMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: 'it came out as wished',
  otherwise: 'the deployment was rolled back, rejected, aborted or superseded, or has expired; or you answered no',
  usage: 'the command line, or a file that it names, is wrong: nothing was sent',
  refused: 'the API refused it: nothing was changed',
  needsIntervention: 'the deployment needs a person',
  unknown: 'nothing answered, so nobody knows whether it was done: repeat it under the same key',
  stillRunning: 'the deployment still runs, and `--timeout` is over',
  notLoggedIn: 'you are not logged in',
  interrupted: 'interrupted',
};
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
