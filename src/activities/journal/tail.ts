import type { Journals } from '../../domain/ports/temporal.ts';
import type { Store } from '../../store/index.ts';
import { orAfter } from '../../system/time-limit.ts';

interface JournalTailParts extends Pick<Journals, 'rest'> {
  readonly store: Pick<Store, 'wholeUpTo' | 'appendJournal'>;
}

/** Entries in quick succession, and those that ride on the next activity, are not queried, in milliseconds. */
const quietMs = 150;

/** A journal that is never quiet is queried after this time, in milliseconds. */
const patienceMs = 1_000;

/** A workflow is queried no more often than this, in milliseconds. */
const paceMs = 1_000;

/** After a failure the next try waits for twice as long, at most so long, in milliseconds. */
const maxMs = 30_000;
const maxAtOnce = 4;
const stopMs = 2_000;

interface Tail {
  readonly deployment: string;
  seq: number;
  failures: number;
  grewAt: number;
  askedAt: number;
  timer: NodeJS.Timeout | null;
  isUnderWay: boolean;
}

/**
 * Brings into the store what rides on no activity: a deployment that waits journals that last, and then nothing happens for
 * days. A ring of the doorbell is only a hint: the workflow is queried, and only for what the store lacks. For a store that
 * has lost entries, as one that failed over, that begins where the first one is missing, and so it gets them again.
 */
export function createJournalTail({ store, rest }: JournalTailParts) {
  const tails = new Map<string, Tail>();
  let atWork = 0;
  let isOver = false;

  const bring = async (workflowId: string, tail: Tail): Promise<void> => {
    const wanted = tail.seq;
    for (let stored = await store.wholeUpTo(tail.deployment); stored < wanted; ) {
      tail.askedAt = Date.now();
      const batch = await rest(workflowId, stored);
      const last = batch.entries.at(-1)?.seq ?? stored;
      if (last <= stored) return;
      await store.appendJournal(batch);
      stored = last;
    }
  };

  const run = async (workflowId: string, tail: Tail): Promise<void> => {
    const { seq } = tail;
    tail.isUnderWay = true;
    atWork += 1;
    try {
      await bring(workflowId, tail);
      tail.failures = 0;
    } catch {
      tail.failures += 1;
    }
    atWork -= 1;
    tail.isUnderWay = false;
    tail.grewAt = Date.now();
    if (tail.failures === 0 && tail.seq === seq) tails.delete(workflowId);
    else plan(workflowId, tail);
  };

  const plan = (workflowId: string, tail: Tail): void => {
    if (isOver || tail.isUnderWay) return;
    if (tail.timer) clearTimeout(tail.timer);
    const now = Date.now();
    const untilQuiet = Math.min(now + quietMs, tail.grewAt + patienceMs);
    const pace = tail.failures === 0 ? paceMs : Math.min(maxMs, paceMs * 2 ** tail.failures);
    const due = Math.max(untilQuiet, tail.askedAt + pace, tail.failures === 0 ? 0 : now + pace);
    tail.timer = setTimeout(
      () => {
        tail.timer = null;
        // Tried again in a moment: a burst of many must not stand in front of what they are about to do.
        if (atWork >= maxAtOnce) return plan(workflowId, tail);
        void run(workflowId, tail);
      },
      Math.max(0, due - now),
    ).unref();
  };

  return {
    /** The journal of a deployment has grown; the rest is queried once it is quiet. */
    grew(workflowId: string, deployment: string, seq: number): void {
      const tail = tails.get(workflowId) ?? {
        deployment,
        seq,
        failures: 0,
        grewAt: Date.now(),
        askedAt: 0,
        timer: null,
        isUnderWay: false,
      };
      if (!tails.has(workflowId)) tails.set(workflowId, tail);
      tail.seq = Math.max(tail.seq, seq);
      plan(workflowId, tail);
    },
    /** Stores what is known to be missing, in bounded time, and nothing from then on. */
    async stop(): Promise<void> {
      isOver = true;
      const left = [...tails];
      tails.clear();
      for (const [, { timer }] of left) if (timer) clearTimeout(timer);
      const all = Promise.all(
        left.filter(([, { isUnderWay }]) => !isUnderWay).map(([id, tail]) => bring(id, tail).catch(() => undefined)),
      );
      await orAfter(stopMs, all, undefined);
    },
  };
}
