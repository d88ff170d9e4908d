import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { expect, it } from 'vitest';
import type { ActivityDeps } from '../../../../src/activities/deps.ts';
import { createBringMissingEntries, type Open } from '../../../../src/activities/journal/bring-missing-entries.ts';
import type { DeploymentRow, JournalBatch } from '../../../../src/domain/journal/batch.ts';
import type { JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { StoredRecord } from '../../../../src/store/stored.ts';
import { goodJournal } from '../../../support/journal.ts';
import { deploymentRow } from '../../store/rows.ts';

const { plan, planDigest, journal } = goodJournal();
const id = 'shop.production.7';
const row = deploymentRow(7, { id, planDigest });
const { workflowId } = row;
const minute = 60_000;

/** A store that has some of a deployment, beside a Temporal that has `said` of it. */
function installation(inStore: readonly JournalEntry[], said: readonly JournalEntry[], isRunning: boolean) {
  const there = new Map(inStore.map((entry) => [entry.seq, entry]));
  const is = { asked: 0, now: 0, row: null as DeploymentRow | null, record: null as StoredRecord | null };
  const told = { id, plan, planDigest, seals: null, number: 7, hasActed: true, isWhole: false, journal: said };
  let isForgotten = false;
  const forget = () => {
    isForgotten = true;
  };
  const all = () => [...there.values()].toSorted((a, b) => a.seq - b.seq);
  const parts = {
    store: {
      deployment: async () => is.row,
      plan: async () => plan,
      sealsOf: async () => null,
      savePlan: async () => undefined,
      journal: async (_: string, after: number, limit: number) =>
        all()
          .filter(({ seq }) => seq > after)
          .slice(0, limit),
      wholeUpTo: async () => {
        const gap = all().findIndex(({ seq }, i) => seq !== i + 1);
        return gap === -1 ? there.size : gap;
      },
      appendJournal: async ({ entries, row: next }: JournalBatch) => {
        for (const entry of entries) there.set(entry.seq, there.get(entry.seq) ?? entry);
        if (next.lastSeq >= (is.row?.lastSeq ?? 0)) is.row = next;
      },
      claimRecordPath: async (_: string, preferred: string) => preferred,
      saveRecord: async (record: StoredRecord) => (is.record = record),
    },
    histories: {
      read: async () => (isForgotten ? null : told),
      told: async () => (isForgotten ? null : said),
      isRunning: async () => isRunning,
    },
    journals: {
      rest: async (_: string, after: number): Promise<JournalBatch> => {
        is.asked += 1;
        return { deployment: id, entries: said.slice(after), row: { ...row, lastSeq: said.length } };
      },
    },
    recordsFolder: '/dev/null/nowhere',
    now: () => is.now,
  };
  const bringMissingEntries = createBringMissingEntries(parts as unknown as ActivityDeps);
  const context = { heartbeat: () => undefined } as unknown as Context;
  const look = (open: Partial<Open> = {}) => {
    const running = new Set(isRunning ? [workflowId, 'target/shop/production'] : []);
    return asyncLocalStorage.run(context, () => bringMissingEntries({ rows: [row], running, ...open }));
  };
  return { is, look, all, forget };
}

it('brings what a store has lost of a deployment that writes nothing more, and that it does not list', async () => {
  const gap = [...journal.slice(0, 3), ...journal.slice(6, 9)];
  for (const left of [gap, [], journal.slice(0, 9)]) {
    const { is, look, all } = installation(left, journal.slice(0, 9), true);
    await look({ rows: [] });
    expect(all()).toEqual(journal.slice(0, 9));
    expect(is.row).toMatchObject({ id, lastSeq: 9 });
  }
});

it('asks each workflow once in five minutes', async () => {
  const { is, look } = installation(journal.slice(0, 9), journal.slice(0, 9), true);
  for (; is.now < 10 * minute; is.now += minute / 2) await look();
  expect(is.asked).toBe(2);
});

it('ends in the list what has ended, and publishes its record', async () => {
  const { is, look, all } = installation(journal.slice(0, 5), journal, false);
  await look();
  expect(all().slice(0, journal.length)).toEqual(journal);
  expect(is.row).toMatchObject({ id, outcome: 'succeeded' });
  expect(is.record).toMatchObject({ state: 'final', deployment: id });
});

it('looks at once where a workflow has closed since, and the store still lists it as open', async () => {
  const { is, look } = installation(journal.slice(0, 5), journal, false);
  is.row = { ...row, lastSeq: 5 };
  await look({ running: new Set([workflowId]) });
  is.now += minute / 2;
  await look();
  expect(is.record).toMatchObject({ state: 'final', deployment: id });
});

it('publishes the record again of what has ended, out of the store where Temporal has forgotten it', async () => {
  const { is, look, forget } = installation(journal, journal, false);
  is.row = { ...row, outcome: 'succeeded', lastSeq: journal.length };
  forget();
  await look();
  expect(is.record).toMatchObject({ state: 'final', deployment: id });
});

it('leaves to its target what has closed without an end in its journal', async () => {
  const { is, look, all } = installation(journal.slice(0, 5), journal.slice(0, 9), false);
  await look();
  expect({ record: is.record, row: is.row, there: all().length }).toEqual({ record: null, row: null, there: 5 });
});
