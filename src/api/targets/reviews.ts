import { GantryError } from '../../domain/base/errors.ts';
import { allEntries } from '../../domain/journal/whole.ts';
import { excludedFromReview, type ReviewClosing, reviewTermsOf } from '../../domain/target/reviews.ts';
import { type TargetReview } from '../../domain/target/state.ts';
import type { TargetName } from '../../temporal/gateway.ts';
import type { ApiDeps } from '../deps.ts';

/** Of a target's newest deployments, so many are looked through. */
const lookBack = 50;

type ReviewStore = Pick<ApiDeps['store'], 'deployment' | 'plan' | 'journal'>;

/**
 * Reviews that emergencies of a target owe as their own journals tell, beside those that are `known`: an emergency that
 * was open when its target was terminated ended without a target to remember it.
 */
export async function outstandingReviews(
  { store, now }: Pick<ApiDeps, 'store' | 'now'>,
  { service, environment }: TargetName,
  known: readonly TargetReview[],
): Promise<readonly TargetReview[]> {
  const { items } = await store.deployments({ service, environment, limit: lookBack });
  const outstanding: TargetReview[] = [];
  for (const { id, planDigest } of items) {
    const plan = known.some(({ deployment }) => deployment === id) ? null : await store.plan(planDigest);
    const terms = plan && reviewTermsOf(plan);
    if (!terms) continue;
    const journal = await allEntries(store, id);
    const opened = journal.findLast((entry) => entry.type === 'review-opened');
    const isOutstanding = opened !== undefined || journal.some(({ type }) => type === 'step-started');
    if (!isOutstanding || journal.some(({ type }) => type === 'review-closed')) continue;
    const { withinMs, blocksNext, excluded } = terms;
    const dueAt = opened?.dueAt ?? new Date(now() + withinMs).toISOString();
    outstanding.push({ deployment: id, dueAt, isOverdue: false, blocksNext, excluded });
  }
  return outstanding;
}

/**
 * Throws `self-approval` where the store tells that somebody approved, requested or wrote the emergency that they would
 * review. The worker that closes it evaluates again; asked here, they hear of it at once.
 */
export async function checkReviewer(
  { store }: Pick<ApiDeps, 'store'>,
  { deployment, by }: Pick<ReviewClosing, 'deployment' | 'by'>,
): Promise<void> {
  if (!(await mayNotReview(store, deployment)).has(by.subject)) return;
  throw new GantryError(
    'self-approval',
    `${by.subject} requested, wrote or approved ${deployment}: somebody else reviews it.`,
  );
}

/** Who may not review an emergency, as far as the store knows it. */
export async function mayNotReview(store: ReviewStore, deployment: string): Promise<ReadonlySet<string>> {
  const row = await store.deployment(deployment);
  const plan = row && (await store.plan(row.planDigest));
  return plan ? excludedFromReview(plan, await allEntries(store, deployment)) : new Set();
}

/** Whether the emergency's own journal says that this person has closed its review with these findings. */
export async function isClosedBy(
  { store }: Pick<ApiDeps, 'store'>,
  { deployment, findings, by }: Pick<ReviewClosing, 'deployment' | 'findings' | 'by'>,
): Promise<boolean> {
  const journal = await allEntries(store, deployment);
  return journal.some(
    (entry) => entry.type === 'review-closed' && entry.by.subject === by.subject && entry.findings === findings,
  );
}
