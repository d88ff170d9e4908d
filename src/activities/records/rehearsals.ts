import { hasCode } from '../../domain/base/errors.ts';
import { wholeJournal } from '../../domain/journal/whole.ts';
import { rehearsalIn } from '../../domain/rehearsal/proven-by-rollback.ts';
import { attestedRehearsal } from '../../domain/rehearsal/statement.ts';
import type { ActivityDeps } from '../deps.ts';
import { requireSealedPlan } from '../trust/seals.ts';

/**
 * Keeps what a deployment that was rolled back has proven of its procedure, signed where this worker has a key. What
 * bears no seal where policy asks for one proves nothing: anybody may have written it.
 */
export async function keepRehearsal(
  deps: ActivityDeps,
  deployment: string,
  planDigest: string,
  lastSeq: number,
): Promise<void> {
  const { store, attestationKey = null } = deps;
  const [plan, journal] = await Promise.all([store.plan(planDigest), wholeJournal(store, deployment, lastSeq)]);
  const rehearsal = plan && rehearsalIn(plan, planDigest, journal);
  if (!rehearsal || rehearsal.deployment !== deployment) return;
  try {
    await requireSealedPlan(deps, { plan, planDigest, seals: await store.sealsOf(planDigest) });
  } catch (error) {
    if (hasCode(error, 'unsealed-plan')) return;
    throw error;
  }
  await store.addRehearsal(attestedRehearsal(rehearsal, attestationKey));
}
