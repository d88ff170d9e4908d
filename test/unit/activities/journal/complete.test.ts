import { expect, it } from 'vitest';
import { completeJournal } from '../../../../src/activities/journal/complete.ts';
import type { WholeDeployment } from '../../../../src/domain/deployment/history.ts';
import type { JournalBatch } from '../../../../src/domain/journal/batch.ts';
import type { JournalEntry } from '../../../../src/domain/journal/entries.ts';
import { goodJournal } from '../../../support/journal.ts';
import { deploymentRow } from '../../store/rows.ts';

const { plan, planDigest, journal } = goodJournal();
const id = 'shop.production.7';
const row = deploymentRow(7, { id, planDigest, lastSeq: journal.length });

/** A store that has some entries, beside a Temporal that tells `history` of the deployment. */
function installation(inStore: readonly JournalEntry[], history: readonly JournalEntry[] | null) {
  const there = new Map(inStore.map((entry) => [entry.seq, entry]));
  const is = { asked: 0, plans: [] as string[] };
  const known = { id, plan, planDigest, seals: null, number: 7, hasActed: true, isWhole: true, row };
  const parts = {
    store: {
      journal: async (_: string, after: number, limit: number) =>
        [...there.values()]
          .filter(({ seq }) => seq > after)
          .toSorted((a, b) => a.seq - b.seq)
          .slice(0, limit),
      appendJournal: async ({ entries }: JournalBatch) => {
        for (const entry of entries) there.set(entry.seq, there.get(entry.seq) ?? entry);
      },
      savePlan: async (digest: string) => void is.plans.push(digest),
    },
    journals: {
      whole: async (): Promise<WholeDeployment | null> => {
        is.asked += 1;
        return history && { ...known, journal: history };
      },
    },
  };
  const deps = parts as unknown as Parameters<typeof completeJournal>[0];
  return { is, there, read: () => completeJournal(deps, id, journal.length) };
}

it('does not ask Temporal where nothing is missing', async () => {
  const { is, read } = installation(journal, null);
  expect(await read()).toEqual(journal);
  expect(is.asked).toBe(0);
});

it.each([
  ['in the middle', [...journal.slice(0, 4), ...journal.slice(9)]],
  ['at the start', journal.slice(2)],
  ['at the end', journal.slice(0, -3)],
  ['of all of it', []],
])('fills a gap %s out of Temporal, with the plan, and keeps it', async (_, left) => {
  const { is, there, read } = installation(left, journal);
  expect(await read()).toEqual(journal);
  expect(there.size).toBe(journal.length);
  expect(is.plans).toEqual([planDigest]);
});

it.each([
  ['has forgotten the deployment', null],
  ['does not have all of it either', journal.slice(0, 6)],
])('names the first entry that is missing where Temporal %s', async (_, history) => {
  const { read } = installation([...journal.slice(0, 4), ...journal.slice(9)], history);
  const seq = history ? 7 : 5;
  await expect(read()).rejects.toMatchObject({
    code: 'journal-gap',
    message: expect.stringContaining(`Entry ${seq} `) as string,
  });
});
