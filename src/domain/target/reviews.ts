import type { ErrorCode } from '../base/error-codes.ts';
import { excludedFrom } from '../deployment/excluded-approvers.ts';
import type { JournalEntry } from '../journal/entries.ts';
import type { Plan } from '../plan/plan.ts';
import { isEmergency } from '../plan/waivers.ts';
import type { TargetMessage } from './requests.ts';
import type { ReviewTerms, Target, TargetReview } from './state.ts';

/** What was found in the review of an emergency. */
export interface ReviewClosing extends TargetMessage {
  readonly deployment: string;
  readonly findings: string;
}

/** A review as the API answers it. */
export interface ReviewView extends Pick<TargetReview, 'deployment' | 'dueAt'> {
  readonly overdue: boolean;
}

/**
 * Who may not review an emergency: those who requested or wrote it, and those who approved it, since a review asks whether
 * that was right. `journal` is the emergency's own; an approval that was withdrawn does not count.
 */
export function excludedFromReview(plan: Plan, journal: readonly JournalEntry[]): ReadonlySet<string> {
  const approved = new Map<string, string>();
  for (const entry of journal) {
    if (entry.type === 'approval-granted') approved.set(`${entry.gate} ${entry.by.subject}`, entry.by.subject);
    if (entry.type === 'approval-withdrawn') approved.delete(`${entry.gate} ${entry.by.subject}`);
  }
  return new Set([...excludedFrom(plan), ...approved.values()]);
}

/** What a plan leaves to be reviewed; null: it is no emergency. */
export function reviewTermsOf(plan: Plan): ReviewTerms | null {
  const { emergency } = plan.policy;
  if (!emergency || !isEmergency(plan)) return null;
  return { withinMs: emergency.reviewWithinMs, blocksNext: emergency.blocksNext, excluded: [...excludedFrom(plan)] };
}

/**
 * Until when an emergency is to be reviewed, however it has ended (ISO 8601); null: it is none, or has changed nothing. `now`:
 * its end, in milliseconds.
 */
export function reviewDueAt(plan: Plan, hasChanged: boolean, now: number): string | null {
  const terms = hasChanged ? reviewTermsOf(plan) : null;
  return terms && new Date(now + terms.withinMs).toISOString();
}

/**
 * The target with the review that an emergency leaves behind. `dueAt` as the deployment reports it: null where there is
 * nothing to review, undefined where it was lost and may have changed something. `now` in milliseconds.
 */
export function withReviewOpened(
  target: Target,
  number: number,
  dueAt: string | null | undefined,
  now: number,
): Target {
  const one = target.open.find((open) => open.number === number);
  if (!one?.review || one.runId === null || dueAt === null) return target;
  // A target that was started anew has it from the journal already.
  if (target.reviews.some(({ deployment }) => deployment === one.id)) return target;
  const { withinMs, blocksNext, excluded } = one.review;
  const due = dueAt ?? new Date(now + withinMs).toISOString();
  const review = { deployment: one.id, dueAt: due, isOverdue: false, blocksNext, excluded };
  return { ...target, reviews: [...target.reviews, review] };
}

export function withReviewOverdue(target: Target, deployment: string): Target {
  const reviews = target.reviews.map((one) => (one.deployment === deployment ? { ...one, isOverdue: true } : one));
  return { ...target, reviews };
}

export function withoutReview(target: Target, deployment: string): Target {
  return { ...target, reviews: target.reviews.filter((one) => one.deployment !== deployment) };
}

/** An overdue review that blocks the next change. */
export interface OverdueReview extends Pick<TargetReview, 'deployment' | 'excluded'> {
  readonly why: string;
}

/** The review that a request must wait for; null: none. An emergency never waits. */
export function reviewFault(
  { reviews }: Pick<Target, 'reviews'>,
  { change, service, environment }: Plan,
): OverdueReview | null {
  if (change.type === 'emergency') return null;
  const overdue = reviews.find(({ isOverdue, blocksNext }) => isOverdue && blocksNext);
  if (!overdue) return null;
  const close = `POST /v1/targets/${service}/${environment}/review`;
  const why = `The review of the emergency ${overdue.deployment} was due ${overdue.dueAt}: close it first (${close}).`;
  return { why, deployment: overdue.deployment, excluded: overdue.excluded };
}

/** Why a person may not close a review; null: they may. */
export function closingFault(
  { reviews }: Pick<Target, 'reviews'>,
  { deployment, by }: Pick<ReviewClosing, 'deployment' | 'by'>,
): { readonly code: ErrorCode; readonly detail: string } | null {
  const review = reviews.find((one) => one.deployment === deployment);
  if (!review) return { code: 'not-found', detail: `No review of ${deployment} is open on this target.` };
  if (!review.excluded.includes(by.subject)) return null;
  return { code: 'self-approval', detail: `${by.subject} requested or wrote ${deployment}: somebody else reviews it.` };
}

export function reviewViews(reviews: readonly TargetReview[]): readonly ReviewView[] {
  return reviews.map(({ deployment, dueAt, isOverdue }) => ({ deployment, dueAt, overdue: isOverdue }));
}
