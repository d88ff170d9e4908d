import { GantryError } from '../../domain/base/errors.ts';
import { parseWith } from '../../domain/base/issues.ts';
import { completed } from '../../domain/deployment/lost.ts';
import type { CloseReviewInput } from '../../domain/ports/targets.ts';
import { excludedFromReview } from '../../domain/target/reviews.ts';
import { reviewSchema } from '../../domain/target/schemas.ts';
import type { ActivityDeps } from '../deps.ts';
import { knownDeployment } from '../journal/known-deployment.ts';
import { requireProvenReview } from '../trust/vouching.ts';
import { entriesAfter, publishAfterEnd } from './after-end.ts';

/**
 * Writes the review of an emergency into its journal, which has ended, and publishes its record again; answers why the file
 * of that could not be written, or null. A repeat changes nothing. Throws `other-target`, `unproven-message`, `forbidden`,
 * `self-approval`, `too-early`.
 */
export async function closeReview(deps: ActivityDeps, input: CloseReviewInput): Promise<string | null> {
  const { deployment } = input;
  const by = await requireProvenReview(deps, input);
  const { findings } = parseWith(reviewSchema, { deployment, findings: input.findings }, 'malformed');
  const known = await knownDeployment(deps, deployment);
  // It was lost before its first entry: there is no record to write this into.
  if (!known || known.journal.length === 0) return null;
  if (excludedFromReview(known.plan, known.journal).has(by.subject))
    throw new GantryError('self-approval', `${by.subject} requested, wrote or approved ${deployment}.`);
  const journal = completed({ ...known, hadLock: true }, 'it was lost', input.at, input.reviewDueAt);
  const isClosed = journal.some(({ type }) => type === 'review-closed');
  const more = isClosed ? [] : [{ type: 'review-closed', by, findings, at: input.at } as const];
  return publishAfterEnd(deps, known, [...journal, ...entriesAfter(journal, more)]);
}
