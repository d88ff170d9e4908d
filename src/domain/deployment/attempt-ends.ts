import type { JournalEntry } from '../journal/entries.ts';

/**
 * How one attempt at an action ended. `completed` and `failed`: as the action itself answered. `not-begun`: provably
 * nothing happened. `unknown`: there is no answer, and its effect may still come.
 */
export interface Attempt {
  readonly number: number;
  readonly end: 'completed' | 'failed' | 'unknown' | 'not-begun';
  /** When that was known, ISO 8601; of one under way, when it was started. */
  readonly at: string;
}

/** All attempts at all steps, by the step's id. */
export type Attempts = { readonly [step: string]: readonly Attempt[] };

/** The attempts after one more entry. An attempt is `unknown` from its start until an entry says how it ended. */
export function withAttempt(attempts: Attempts, entry: JournalEntry): Attempts {
  const end = endBy(entry);
  if (end === null || !('step' in entry) || !('attempt' in entry)) return attempts;
  const { step, attempt: number, at } = entry;
  const others = (attempts[step] ?? []).filter((one) => one.number !== number);
  return { ...attempts, [step]: [...others, { number, end, at }] };
}

function endBy(entry: JournalEntry): Attempt['end'] | null {
  if (entry.type === 'step-started' || entry.type === 'attempt-lost') return 'unknown';
  if (entry.type === 'attempt-not-begun') return 'not-begun';
  if (entry.type === 'read-back') return entry.verdict === 'done' ? 'completed' : null;
  if (entry.type !== 'action-completed') return null;
  const { kind } = entry.outcome;
  return kind === 'not-started' ? 'not-begun' : kind;
}

/** Whether anything can have happened, so that the step is to be undone. */
export function mayHaveActed(attempts: Attempts, step: string): boolean {
  return (attempts[step] ?? []).some(({ end }) => end !== 'not-begun');
}

/** The steps with an attempt of unknown end, later than `since` (milliseconds since the epoch). */
export function unsureSteps(attempts: Attempts, since = Number.NEGATIVE_INFINITY): readonly string[] {
  const isUnsure = ({ end, at }: Attempt) => end === 'unknown' && Date.parse(at) > since;
  return Object.keys(attempts).filter((step) => attempts[step]?.some(isUnsure));
}
