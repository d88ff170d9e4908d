import { GantryError } from '../../domain/base/errors.ts';
import type { TargetName } from '../../domain/base/ids.ts';
import { allEntries } from '../../domain/journal/whole.ts';
import { excludedFromReview, type ReviewClosing, reviewTermsOf } from '../../domain/target/reviews.ts';
import { type TargetReview } from '../../domain/target/state.ts';
import type { ApiDeps } from '../deps.ts';

/** How many of a target's newest deployments are searched. */
const lookBack = 50;

type ReviewStore = Pick<ApiDeps['store'], 'deployment' | 'plan' | 'journal'>;

/**
 * Outstanding reviews of a target's emergencies by their journals, except those that are `known`: an emergency that ended
 * while its target was terminated is missing there.
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
 * Throws `self-approval` where by the store the reviewer approved, requested or wrote the emergency. The worker checks again;
 * here the caller gets the refusal at once.
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

/** Who may not review an emergency, by the store. */
export async function mayNotReview(store: ReviewStore, deployment: string): Promise<ReadonlySet<string>> {
  const row = await store.deployment(deployment);
  const plan = row && (await store.plan(row.planDigest));
  return plan ? excludedFromReview(plan, await allEntries(store, deployment)) : new Set();
}

/** Whether by the emergency's journal this person has closed its review with these findings. */
export async function isClosedBy(
  { store }: Pick<ApiDeps, 'store'>,
  { deployment, findings, by }: Pick<ReviewClosing, 'deployment' | 'findings' | 'by'>,
): Promise<boolean> {
  const journal = await allEntries(store, deployment);
  return journal.some(
    (entry) => entry.type === 'review-closed' && entry.by.subject === by.subject && entry.findings === findings,
  );
}
