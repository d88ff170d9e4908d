import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createJournalTail } from '../../../../src/activities/journal/tail.ts';
import { deploymentRow, entries as entriesOf } from '../../store/rows.ts';

const row = deploymentRow(1);
const workflowId = row.workflowId;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A deployment whose workflow has `written` entries, of which the store has some. */
function deployment() {
  const is = { stored: 0, written: 0, asked: 0, isSilent: false };
  const tail = createJournalTail({
    store: {
      async wholeUpTo() {
        if (is.isSilent) throw new Error('silent');
        return is.stored;
      },
      async appendJournal({ entries }) {
        is.stored = Math.max(is.stored, entries.at(-1)?.seq ?? 0);
      },
    },
    async rest(_, after) {
      is.asked += 1;
      return { deployment: row.id, row, entries: entriesOf(after + 1, is.written) };
    },
  });
  const write = (count: number) => {
    for (let i = 0; i < count; i += 1) tail.grew(workflowId, row.id, (is.written += 1));
  };
  return { is, tail, write };
}

it('brings what rides on nothing into the store within a moment, for one question', async () => {
  const { is, write } = deployment();
  write(3);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(is).toMatchObject({ stored: 3, asked: 1 });
});

it('asks nothing where an activity has brought it', async () => {
  const { is, write } = deployment();
  for (let i = 0; i < 20; i += 1) {
    write(2);
    is.stored = is.written;
    await vi.advanceTimersByTimeAsync(300);
  }
  expect(is.asked).toBe(0);
});

it('queries a workflow at most once a second, however often it is notified', async () => {
  const { is, write } = deployment();
  for (let i = 0; i < 100; i += 1) {
    write(1);
    await vi.advanceTimersByTimeAsync(100);
  }
  await vi.advanceTimersByTimeAsync(2_000);
  expect(is.stored).toBe(100);
  expect(is.asked).toBeGreaterThan(5);
  expect(is.asked).toBeLessThanOrEqual(12);
});

it('brings what a store has lost, as soon as the journal grows again', async () => {
  const { is, write } = deployment();
  write(3);
  await vi.advanceTimersByTimeAsync(1_000);
  // It failed over to one that has nothing of it, and an activity has brought the fourth.
  is.stored = 0;
  write(1);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(is.stored).toBe(4);
});

it('tries again for as long as the store is silent', async () => {
  const { is, write } = deployment();
  is.isSilent = true;
  write(2);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(is.stored).toBe(0);
  is.isSilent = false;
  await vi.advanceTimersByTimeAsync(31_000);
  expect(is.stored).toBe(2);
});

it('leaves nothing behind when it is stopped', async () => {
  const { is, tail, write } = deployment();
  write(4);
  await tail.stop();
  expect(is.stored).toBe(4);
});
