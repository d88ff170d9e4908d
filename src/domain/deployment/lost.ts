import { type Outcome } from '../base/phases.ts';
import type { DeviationCode } from '../journal/deviations.ts';
import { type EntryBody, entriesOf, type JournalEntry } from '../journal/entries.ts';
import { type StopCause } from '../journal/values.ts';
import { isActing } from '../plan/plan.ts';
import type { DeploymentHistory } from './history.ts';
import { type DeploymentState, stateOf } from './state.ts';

/** What is known of a deployment that was ended from outside. */
export type Lost = Pick<DeploymentHistory, 'plan' | 'journal' | 'hasActed' | 'isWhole'> & {
  /** Whether it ever had its target's lock; true where that is unknown. */
  readonly hadLock: boolean;
};

/**
 * The outcome of a deployment that did not journal its own end. What it had decided stands: a confirmed release serves,
 * and a verified rollback is over. Where nothing was provably changed it is aborted; anything unclear needs intervention.
 */
export function lostOutcome(lost: Lost): Outcome {
  const state = stateOf(lost.plan, lost.journal);
  if (state.outcome !== null) return state.outcome;
  if (state.confirmed) return 'succeeded';
  const rollback = entriesOf(lost.journal, 'rollback-completed').at(-1);
  if (rollback?.result === 'verified') return lost.plan.repair ? 'succeeded' : 'rolled-back';
  // A repair has outstanding compensations from its first moment on.
  if (lost.plan.repair || rollback || state.hasChanged) return 'needs-intervention';
  return isUnchanged(lost) ? 'aborted' : 'needs-intervention';
}

/** The history shows an action before it begins; a manual step is in the journal only. */
function isUnchanged({ plan, hasActed, isWhole, hadLock }: Lost): boolean {
  if (hasActed === true) return false;
  if (!hadLock || isWhole) return true;
  return hasActed === false && plan.steps.find(isActing)?.kind === 'action';
}

/** Whether a deployment itself has journaled that it needs intervention: it does nothing any more. */
export function hasGivenUp(journal: readonly JournalEntry[]): boolean {
  const last = journal.findLast(({ type }) => type === 'ended' || type === 'rollback-completed');
  if (last?.type === 'ended') return last.outcome === 'needs-intervention';
  if (last?.type === 'rollback-completed') return last.result !== 'verified';
  // A repair that got no lock has begun nothing.
  return entriesOf(journal, 'deviation').some(({ code }) => code === 'no-grant');
}

/**
 * The journal with the end that its deployment did not write: a deviation that says why, and the review of an emergency
 * that has changed something (`reviewDueAt`, ISO 8601; null: it was none).
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
  const code: DeviationCode = 'ended-from-outside';
  const isReviewed = reviewDueAt !== null && outcome !== 'aborted' && state.review === null;
  const added: readonly EntryBody[] = [
    { type: 'deviation', code, severity: 'major', what, decidedBy: 'unknown', authority: 'none' },
    ...(isReviewed ? [{ type: 'review-opened', dueAt: reviewDueAt } as const] : []),
    { type: 'ended', outcome, cause: causeOf(outcome, state, what) },
  ];
  return [...journal, ...added.map((body, i): JournalEntry => ({ v: 1, seq: journal.length + 1 + i, at, ...body }))];
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
