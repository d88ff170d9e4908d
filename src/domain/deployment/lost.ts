import { type Outcome } from '../base/phases.ts';
import { entriesOf, type JournalEntry } from '../journal/entries.ts';
import { type StopCause } from '../journal/values.ts';
import type { Plan } from '../plan/plan.ts';
import type { DeploymentHistory } from './history.ts';
import { type DeploymentState, stateOf } from './state.ts';

/** A deployment that was ended from outside, as far as it is known. */
export type Lost = Pick<DeploymentHistory, 'plan' | 'journal' | 'hasActed' | 'isWhole'> & {
  /** Whether it ever had its target's lock; true where nobody can tell. */
  readonly hadLock: boolean;
};

/**
 * How a deployment has ended that could not say so itself. What it had decided stands: a release that was confirmed
 * serves, and a rollback that was verified is over. What has provably changed nothing is no case for anybody; whatever
 * cannot be told needs intervention.
 */
export function lostOutcome(lost: Lost): Outcome {
  const state = stateOf(lost.plan, lost.journal);
  if (state.outcome !== null) return state.outcome;
  if (state.confirmed) return 'succeeded';
  const rollback = entriesOf(lost.journal, 'rollback-completed').at(-1);
  if (rollback?.result === 'verified') return lost.plan.repair ? 'succeeded' : 'rolled-back';
  // A repair owes what it was started for, from its first moment on.
  if (lost.plan.repair || rollback || state.hasChanged) return 'needs-intervention';
  return isUnchanged(lost) ? 'aborted' : 'needs-intervention';
}

/** Actions stand in the history before they begin; only the journal tells of a manual step. */
function isUnchanged({ plan, hasActed, isWhole, hadLock }: Lost): boolean {
  if (hasActed === true) return false;
  if (!hadLock || isWhole) return true;
  return hasActed === false && firstToChange(plan)?.kind === 'action';
}

/** Whether a deployment has come to need a person by its own word: nothing acts in its name any more. */
export function hasGivenUp(journal: readonly JournalEntry[]): boolean {
  const last = journal.findLast(({ type }) => type === 'ended' || type === 'rollback-completed');
  if (last?.type === 'ended') return last.outcome === 'needs-intervention';
  if (last?.type === 'rollback-completed') return last.result !== 'verified';
  // A repair that got no lock has begun nothing.
  return entriesOf(journal, 'deviation').some(({ code }) => code === 'no-grant');
}

function firstToChange({ steps }: Plan) {
  return steps.find(({ kind }) => kind === 'action' || kind === 'manual');
}

/**
 * A journal that somebody else has to end: with a word on why, and with the review that an emergency leaves behind which
 * has changed something (`reviewDueAt`, ISO 8601; null: it was none).
 */
export function completed(
  lost: Lost,
  why: string,
  at: string,
  reviewDueAt: string | null = null,
): readonly JournalEntry[] {
  const { journal, plan } = lost;
  if (journal.some(({ type }) => type === 'ended')) return journal;
  const outcome = lostOutcome(lost);
  const state = stateOf(plan, journal);
  const what = `the deployment was ended from outside (${why})${wordsFor(outcome)}`;
  const place = (after: number) => ({ v: 1, seq: journal.length + after, at }) as const;
  const isReviewed = reviewDueAt !== null && outcome !== 'aborted' && state.review === null;
  return [
    ...journal,
    {
      ...place(1),
      type: 'deviation',
      code: 'ended-from-outside',
      severity: 'major',
      what,
      decidedBy: 'unknown',
      authority: 'none',
    },
    ...(isReviewed ? [{ ...place(2), type: 'review-opened', dueAt: reviewDueAt } as const] : []),
    { ...place(isReviewed ? 3 : 2), type: 'ended', outcome, cause: causeOf(outcome, state, what) },
  ];
}

function wordsFor(outcome: Outcome): string {
  if (outcome === 'aborted') return ' before it had changed anything';
  if (outcome === 'succeeded') return ' after it had come to its end; what was left of the paperwork is not done';
  if (outcome === 'rolled-back') return ' after it had been rolled back and that was verified';
  return "; what happened after this journal's last entry is unknown";
}

function causeOf(outcome: Outcome, { rolledBackBecause }: DeploymentState, summary: string): StopCause | null {
  if (outcome === 'succeeded') return null;
  if (outcome === 'rolled-back') return rolledBackBecause;
  if (outcome === 'aborted') return { kind: 'cancelled' };
  return { kind: 'error', code: 'needs-intervention', summary };
}
