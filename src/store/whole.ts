import type { WholeDeployment } from '../domain/deployment/history.ts';
import type { JournalEntry } from '../domain/journal/entries.ts';
import type { Plan } from '../domain/plan/plan.ts';
import type { Store } from './index.ts';

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

/** A deployment with what of its journal the store has; null where its row or its plan is not there. */
export async function storedWhole(
  store: Pick<Store, 'deployment' | 'plan' | 'sealsOf'>,
  id: string,
  readJournal: () => Promise<readonly JournalEntry[]>,
): Promise<WholeDeployment | null> {
  const row = await store.deployment(id);
  const plan = row && (await store.plan(row.planDigest));
  if (!row || !plan) return null;
  const { planDigest, number } = row;
  const [seals, journal] = await Promise.all([store.sealsOf(planDigest), readJournal()]);
  const isWhole = journal.some(({ type }) => type === 'ended');
  return { id, plan, planDigest, seals, number, journal, hasActed: null, isWhole, row };
}

/** The rehearsals that a plan's policy asks for, as far as the store has them. */
export function rehearsalsFor(store: Pick<Store, 'rehearsalsOf'>, { service, procedure, policy: { rehearsal } }: Plan) {
  if (!rehearsal) return [];
  return store.rehearsalsOf({ service, environment: rehearsal.environment, procedureDigest: procedure.digest });
}
