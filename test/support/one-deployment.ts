import type { JournalBatch } from '../../src/domain/journal/batch.ts';
import type { JournalEntry } from '../../src/domain/journal/entries.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { StoredRecord } from '../../src/store/stored.ts';

interface One {
  readonly plan: Plan;
  readonly planDigest: string;
  /** Its journal as the store has it. */
  readonly entries: readonly JournalEntry[];
}

/** A store that knows one deployment, number 7 of its target, and what is written of it from then on. */
export function storeOfOne({ plan, planDigest, entries: stored }: One) {
  const journal = new Map(stored.map((entry) => [entry.seq, entry]));
  const records: StoredRecord[] = [];
  const store = {
    deployment: async () => ({ planDigest, number: 7 }),
    plan: async () => plan,
    sealsOf: async () => null,
    savePlan: async () => undefined,
    journal: async (_: string, after: number, limit: number) => [...journal.values()].slice(after, after + limit),
    appendJournal: async ({ entries }: Pick<JournalBatch, 'entries'>) => {
      for (const entry of entries) if (!journal.has(entry.seq)) journal.set(entry.seq, entry);
    },
    claimRecordPath: async (_: string, preferred: string) => preferred,
    saveRecord: async (record: StoredRecord) => {
      records.push(record);
      return record;
    },
  };
  return { store, records, journal: () => [...journal.values()] };
}
