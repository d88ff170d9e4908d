import { describe, expect, it } from 'vitest';
import type { WaitLimits } from '../../../../src/api/watch/places.ts';
import { createWatcher, type Watcher } from '../../../../src/api/watch/watcher.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';
import type { JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { Store } from '../../../../src/store/index.ts';
import type { JournalListener } from '../../../../src/store/values.ts';
import { eventually } from '../../../support/eventually.ts';
import { goodJournal } from '../../../support/journal.ts';
import { latch } from '../../../support/latch.ts';
import { deploymentRow } from '../../store/rows.ts';

const { plan, planDigest, journal: covered } = goodJournal();
const published = { type: 'record-published', state: 'final', path: 'deployment.md', digest: planDigest } as const;
const journal: readonly JournalEntry[] = [
  ...covered,
  { v: 1, seq: covered.length + 1, at: '2026-11-23T10:00:00.000Z', ...published },
];
const id = 'shop.production.7';
const row = deploymentRow(7, { id });

/** A store and a workflow of one deployment, which count what they are asked. */
class Parts {
  inStore: readonly JournalEntry[] = [];
  inWorkflow: readonly JournalEntry[] = [];
  isStoreSilent = false;
  isEngineSilent = false;
  /** What Temporal's history has, whether or not a worker answers. */
  inHistory: readonly JournalEntry[] | null = null;
  isPlanStored = true;
  /** While set, the workflow answers only once it resolves. */
  held: Promise<void> | null = null;
  reads = 0;
  questions = 0;
  atOnce = 0;
  maxAtOnce = 0;
  private readonly listeners = new Set<JournalListener>();

  watcher(limits?: WaitLimits, now = Date.now): Watcher {
    const store: Pick<Store, 'journal' | 'plan' | 'savePlan' | 'appendJournal' | 'followJournal'> = {
      journal: async (_, after, limit) => {
        this.reads += 1;
        this.speak();
        return this.inStore.filter(({ seq }) => seq > after).slice(0, limit);
      },
      plan: async () => {
        this.speak();
        return this.isPlanStored ? plan : null;
      },
      savePlan: async () => {
        this.isPlanStored = true;
      },
      appendJournal: async ({ entries }) => {
        this.speak();
        this.store(entries);
      },
      followJournal: (listener) => {
        this.listeners.add(listener);
        listener.listening();
        return async () => void this.listeners.delete(listener);
      },
    };
    const gateway = {
      rest: async (_: string, after: number) => {
        this.questions += 1;
        this.atOnce += 1;
        this.maxAtOnce = Math.max(this.maxAtOnce, this.atOnce);
        await this.held;
        this.atOnce -= 1;
        if (this.isEngineSilent) throw new GantryError('engine-unavailable', 'No answer.');
        return { deployment: id, entries: this.inWorkflow.slice(after), row };
      },
      whole: async () => {
        if (!this.inHistory) return null;
        const known = { id, plan, planDigest, seals: null, number: 7, hasActed: true, isWhole: false };
        return { ...known, journal: this.inHistory, row };
      },
    };
    return createWatcher({ store, gateway, now, limits });
  }

  /** Writes entries to the store, which tells of them. */
  store(entries: readonly JournalEntry[], isHeard = true): void {
    const there = new Set(this.inStore.map(({ seq }) => seq));
    const fresh = entries.filter(({ seq }) => !there.has(seq));
    this.inStore = [...this.inStore, ...fresh].toSorted((a, b) => a.seq - b.seq);
    const seq = fresh.at(-1)?.seq;
    if (isHeard && seq !== undefined) for (const listener of this.listeners) listener.written({ deployment: id, seq });
  }

  private speak(): void {
    if (this.isStoreSilent) throw new GantryError('store-unavailable', 'No answer.');
  }
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
/** Reads until told to stop and keeps the numbers of what came. */
function reading(watcher: Watcher, subject: string, after = 0) {
  const over = new AbortController();
  const seen: number[] = [];
  const ended = (async () => {
    for await (const entries of watcher.follow(id, { subject, after, signal: over.signal }))
      seen.push(...entries.map(({ seq }) => seq));
  })();
  return { seen, ended, leave: () => over.abort() };
}

describe('a watcher', () => {
  it('gives two hundred readers every entry in order for one reading of the store each time, and one question to the workflow in all', async () => {
    const parts = new Parts();
    const watcher = parts.watcher();
    const readers = Array.from({ length: 200 }, (_, i) => reading(watcher, `key:${i % 4}`));
    for (const count of [1, 2, 30, journal.length]) {
      parts.store(journal.slice(0, count));
      await eventually(async () => readers.every(({ seen }) => seen.length === count), Boolean);
    }
    await Promise.all(readers.map(({ ended }) => ended));
    for (const { seen } of readers) expect(seen).toEqual(numbers(1, journal.length));
    // One for each write, and at most two as everybody came at once.
    expect(parts.reads).toBeLessThanOrEqual(4 + 2);
    // Somebody has to make sure that nothing was left behind.
    expect(parts.questions).toBeLessThanOrEqual(1);
    await watcher.close();
  });

  it('shows nothing beyond a gap until that is closed', async () => {
    const parts = new Parts();
    const watcher = parts.watcher();
    const reader = reading(watcher, 'key:alice');
    parts.store(journal.slice(0, 5));
    await eventually(
      async () => reader.seen.length,
      (count) => count === 5,
    );
    parts.store(journal.slice(7, 9));
    parts.inWorkflow = journal.slice(0, 9);
    expect((await watcher.look(id))?.state.seq).toBe(9);
    reader.leave();
    await reader.ended;
    expect(reader.seen).toEqual(numbers(1, 9));
    await watcher.close();
  });

  it('fills a gap from the history of a deployment without a worker, and stores it', async () => {
    const parts = new Parts();
    const watcher = parts.watcher();
    parts.isEngineSilent = true;
    parts.inStore = [...journal.slice(0, 5), ...journal.slice(8)];
    parts.inHistory = journal.slice(0, 12);
    expect((await watcher.look(id))?.journal).toEqual(journal);
    expect(parts.inStore).toEqual(journal);
    await watcher.close();
  });

  it('learns the end that the store has lost from the history, where no worker answers', async () => {
    const parts = new Parts();
    const watcher = parts.watcher();
    parts.isEngineSilent = true;
    parts.inStore = journal.slice(0, 5);
    parts.inHistory = journal;
    expect((await watcher.look(id))?.state.outcome).toBe('succeeded');
    expect(parts.inStore).toEqual(journal);
    await watcher.close();
  });

  it('gives the store a plan again that it has lost', async () => {
    const parts = new Parts();
    const watcher = parts.watcher();
    parts.isPlanStored = false;
    parts.inStore = journal;
    parts.inHistory = journal;
    expect((await watcher.look(id))?.state.outcome).toBe('succeeded');
    expect(parts.isPlanStored).toBe(true);
    await watcher.close();
  });

  it('shows nothing over a gap that cannot be closed: the error names the missing entry', async () => {
    const parts = new Parts();
    const watcher = parts.watcher();
    parts.isEngineSilent = true;
    parts.inStore = [...journal.slice(0, 5), ...journal.slice(8)];
    const gap = { code: 'journal-gap', message: expect.stringContaining('Entry 6') as string };
    await expect(watcher.look(id)).rejects.toMatchObject(gap);
    await expect(watcher.journal(id, 0, 100)).rejects.toMatchObject(gap);
    expect(await watcher.journal(id, 0, 3)).toEqual(journal.slice(0, 3));
    parts.store(journal);
    expect((await watcher.look(id))?.journal).toEqual(journal);
    await watcher.close();
  });

  it('stores what the workflow alone knows before it shows it, so that no other process shows less', async () => {
    const parts = new Parts();
    parts.inStore = journal.slice(0, 15);
    parts.inWorkflow = journal.slice(0, 18);
    const before = parts.watcher();
    expect((await before.look(id))?.state.seq).toBe(18);
    // After a restart, or elsewhere, with no worker to ask.
    parts.isEngineSilent = true;
    expect((await parts.watcher().look(id))?.state.seq).toBe(18);
  });

  it('asks a workflow once for everybody, and again only for what is known to be there', async () => {
    const parts = new Parts();
    parts.inStore = journal.slice(0, 3);
    parts.inWorkflow = journal.slice(0, 3);
    const watcher = parts.watcher();
    const gate = latch();
    parts.held = gate.closed;
    const first = Promise.all(numbers(1, 50).map(() => watcher.look(id)));
    await eventually(async () => parts.questions, Boolean);
    gate.open();
    await first;
    // Whoever came in the middle shares the one after it.
    expect(parts.questions).toBeLessThanOrEqual(2);
    const asked = parts.questions;
    await Promise.all(numbers(1, 50).map(() => watcher.look(id)));
    await Promise.all(numbers(1, 50).map(() => watcher.look(id, { seq: 9_999, isSure: false })));
    expect(parts.questions).toBe(asked);
    parts.inWorkflow = journal.slice(0, 4);
    expect((await watcher.look(id, { seq: 4, isSure: true }))?.state.seq).toBe(4);
    expect(parts.maxAtOnce).toBe(1);
  });

  it('goes on from the workflow while the store is silent, and never shows less than before', async () => {
    const parts = new Parts();
    parts.inStore = journal.slice(0, 6);
    parts.inWorkflow = journal.slice(0, 8);
    const watcher = parts.watcher();
    const reader = reading(watcher, 'key:alice');
    expect((await watcher.look(id))?.state.seq).toBe(8);
    parts.isStoreSilent = true;
    parts.inWorkflow = journal.slice(0, 10);
    expect((await watcher.look(id))?.state.seq).toBe(10);
    await eventually(
      async () => reader.seen.length,
      (count) => count === 10,
    );
    // Nobody can tell now.
    parts.isEngineSilent = true;
    await expect(watcher.look(id)).rejects.toMatchObject({ code: 'store-unavailable' });
    // It is back, without what it missed.
    parts.isStoreSilent = false;
    expect((await watcher.look(id))?.state.seq).toBe(10);
    reader.leave();
    await reader.ended;
    expect(reader.seen).toEqual(numbers(1, 10));
    await watcher.close();
  });

  it('asks a workflow a few times a second while the store is silent, however many look one after the other', async () => {
    const parts = new Parts();
    parts.inWorkflow = journal.slice(0, 6);
    parts.isStoreSilent = true;
    const watcher = parts.watcher();
    const begun = Date.now();
    const looksOn = async () => {
      for (let i = 0; i < 3; i += 1) await watcher.look(id);
    };
    await Promise.all(numbers(1, 50).map(looksOn));
    expect(parts.questions).toBeLessThanOrEqual(1 + (4 * (Date.now() - begun)) / 1_000);
    await watcher.close();
  });

  it('goes on from the workflow of a silent store though the clock is put back', async () => {
    const parts = new Parts();
    parts.inWorkflow = journal.slice(0, 6);
    parts.isStoreSilent = true;
    let back = 0;
    const watcher = parts.watcher(undefined, () => Date.now() - back);
    expect(await watcher.journal(id, 0, 100)).toHaveLength(6);
    back = 3_600_000;
    parts.inWorkflow = journal.slice(0, 8);
    expect(await watcher.journal(id, 0, 100)).toHaveLength(8);
    await watcher.close();
  });

  it('reads again after a notification of the store was lost', async () => {
    const parts = new Parts();
    parts.inWorkflow = journal.slice(0, 5);
    const watcher = parts.watcher();
    const reader = reading(watcher, 'key:alice');
    parts.store(journal.slice(0, 5), false);
    await eventually(
      async () => reader.seen.length,
      (count) => count === 5,
    );
    reader.leave();
    await reader.ended;
    expect(reader.seen).toEqual(numbers(1, 5));
    await watcher.close();
  });

  it('answers not-found where neither knows the deployment', async () => {
    const parts = new Parts();
    parts.isEngineSilent = true;
    await expect(parts.watcher().look(id)).rejects.toMatchObject({ code: 'engine-unavailable' });
  });
});

describe('places', () => {
  it('are limited for each caller and in all, and free again when a reader leaves', async () => {
    const parts = new Parts();
    const watcher = parts.watcher({ perCaller: 2, inAll: 3 });
    const refusal = { code: 'too-many-waiting' };
    const readers = ['key:alice', 'key:alice'].map((subject) => reading(watcher, subject));
    // There is room for one more, and not for her.
    await expect(reading(watcher, 'key:alice').ended).rejects.toMatchObject(refusal);
    readers.push(reading(watcher, 'key:bob'));
    await expect(reading(watcher, 'key:carol').ended).rejects.toMatchObject(refusal);
    readers[0]?.leave();
    await readers[0]?.ended;
    const next = reading(watcher, 'key:carol');
    parts.store(journal.slice(0, 1));
    await eventually(async () => next.seen.length, Boolean);
    for (const { leave } of [...readers, next]) leave();
    await Promise.all([...readers, next].map(({ ended }) => ended));
    await watcher.close();
  });
});
