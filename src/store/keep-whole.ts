import type { WholeDeployment } from '../domain/deployment/history.ts';
import type { Store } from './store.ts';

/** So many entries are written in one statement. */
const atOnce = 500;

/**
 * Saves a whole deployment: what the store has stays as it is, what it lacks is filled in. Throws
 * `journal-conflict` as `appendJournal` does, once the rest is there.
 */
export async function keepWhole(
  store: Pick<Store, 'savePlan' | 'appendJournal'>,
  { id, plan, planDigest, seals, journal, row }: WholeDeployment,
): Promise<void> {
  await store.savePlan(planDigest, plan, seals);
  for (let from = 0; from < journal.length; from += atOnce)
    await store.appendJournal({ deployment: id, entries: journal.slice(from, from + atOnce), row });
}
