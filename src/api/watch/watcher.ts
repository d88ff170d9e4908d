import type { ErrorCode } from '../../domain/base/error-codes.ts';
import { GantryError } from '../../domain/base/errors.ts';
import type { JournalEntry } from '../../domain/journal/entries.ts';
import { journalGap } from '../../domain/journal/whole.ts';
import type { Store } from '../../store/index.ts';
import { orAfter } from '../../system/time-limit.ts';
import { Followed, type Seen, type Sources } from './followed.ts';
import { createPlaces, usualLimits, type WaitLimits } from './places.ts';
import { createTurns } from './turns.ts';

export interface WatcherParts extends Sources {
  readonly store: Sources['store'] & Pick<Store, 'followJournal'>;
  readonly limits?: WaitLimits | undefined;
}

/** A request that follows a deployment. */
export interface Reader {
  /** Subject of the caller. */
  readonly subject: string;
  /** Number of the last entry that the reader has. */
  readonly after: number;
  readonly signal: AbortSignal;
}

/** An entry that must be included; `isSure`: it is known to exist, not only claimed by the caller. */
export interface AtLeast {
  readonly seq: number;
  readonly isSure: boolean;
}

/** All that is read of deployments in one process. */
export type Watcher = ReturnType<typeof createWatcher>;

/** How often followed deployments are checked, in milliseconds. */
const tickMs = 1_000;
/** The store is read again after so long, in case a notification was lost. */
const rereadMs = 5_000;
/** The workflow is asked again after so long, since a killed worker may have left entries that were not stored. */
const askAgainMs = 30_000;
/** How long a reader waits for the workflow before the store's copy is shown. */
const answerMs = 2_000;
/** The same for a deployment of which nothing is known yet: its history may have to be read. */
const firstMs = 8_000;
/** How long a reader waits for the store before the workflow is asked. */
const storeMs = 1_000;
/** The same where the store did not answer before. */
const silentMs = 100;
/** At most so many deployments without a reader are kept, for so long. */
const maxIdle = 100;
const idleMs = 60_000;
/** At most so many background questions at once. */
const maxAtOnce = 4;

interface Kept {
  readonly followed: Followed;
  readers: number;
  usedAt: number;
}

/**
 * One watcher for all readers of this process. The store notifies it of written entries, which are read once for all. The
 * workflow is asked where the store is or may be behind, with one question at a time for each deployment, so that readers
 * never delay a workflow's own tasks.
 */
export function createWatcher(parts: WatcherParts) {
  const { store, now, limits = usualLimits } = parts;
  const takePlace = createPlaces(limits);
  const kept = new Map<string, Kept>();
  let stopListening: (() => Promise<void>) | null = null;
  let timer: NodeJS.Timeout | null = null;

  const keep = (id: string): Kept => {
    const known = kept.get(id) ?? { followed: new Followed(parts, id), readers: 0, usedAt: 0 };
    known.usedAt = now();
    // The map is in order of use.
    kept.delete(id);
    kept.set(id, known);
    forget();
    return known;
  };
  const forget = () => {
    const idle = [...kept].filter(([, { readers }]) => readers === 0);
    const tooMany = idle.length - maxIdle;
    for (const [i, [id, { usedAt }]] of idle.entries()) if (i < tooMany || now() - usedAt > idleMs) kept.delete(id);
  };
  const inTurn = createTurns(maxAtOnce);
  /** What fails is tried again at the next tick. */
  const eachInUse = async (work: (followed: Followed) => Promise<void>): Promise<void> => {
    const inUse = [...kept.values()].filter(({ readers }) => readers > 0);
    await Promise.all(inUse.map(({ followed }) => inTurn(() => work(followed)).catch(() => undefined)));
  };

  const lookAfter = async (followed: Followed): Promise<void> => {
    if (followed.isStoreSilent || now() - followed.readAt >= rereadMs)
      await followed.readStore().catch(() => followed.askWorkflow());
    const againMs = followed.hasGap ? rereadMs : followed.hasEnded ? Number.POSITIVE_INFINITY : askAgainMs;
    if (now() - followed.askedAt >= againMs) await followed.askWorkflow();
  };
  let isTicking = false;
  const tick = async () => {
    forget();
    if (isTicking) return;
    isTicking = true;
    await eachInUse(lookAfter);
    isTicking = false;
  };
  const begin = () => {
    timer ??= setInterval(() => void tick(), tickMs).unref();
    stopListening ??= store.followJournal({
      written({ deployment, seq }) {
        const known = kept.get(deployment);
        if (known && known.readers > 0 && known.followed.seq < seq) ignore(known.followed.readStore());
      },
      listening: () => void eachInUse((followed) => followed.readStore()),
    });
  };

  /** Brings a deployment up to date. Throws where nothing is known of it, or neither store nor workflow answers. */
  const refresh = async (id: string, atLeast: AtLeast): Promise<Followed> => {
    const { followed } = keep(id);
    const patienceMs = followed.isStoreSilent ? silentMs : storeMs;
    const storeFault = await faultWithin(patienceMs, followed.readStore(), 'store-unavailable', 'The store');
    if (storeFault) followed.isStoreSilent = true;
    if (!needsWorkflow(followed, atLeast, now())) return followed;
    const limitMs = followed.seq === 0 ? firstMs : answerMs;
    const workflowFault = await faultWithin(limitMs, followed.askWorkflow(), 'engine-unavailable', 'Temporal');
    // What is known is still shown while one of both answers; without either it may be out of date.
    if (workflowFault && (storeFault || followed.seq === 0)) throw storeFault ?? workflowFault;
    return followed;
  };

  return {
    /**
     * The deployment as it is now, never less than was shown before; the workflow is asked where the store is behind `atLeast`
     * or lacks entries, which are stored again. Null where its plan cannot be read. Throws `not-found`, `engine-unavailable`,
     * `store-unavailable`, and `journal-gap` where entries stay lost.
     */
    async look(id: string, atLeast: AtLeast = { seq: 0, isSure: false }): Promise<Seen | null> {
      const followed = await refresh(id, atLeast);
      if (followed.hasGap) throw journalGap(id, followed.seq + 1);
      return followed.seen().catch((error: unknown) => {
        if (followed.isStoreSilent) return null;
        throw error;
      });
    },
    /** Its journal beyond `after`. Throws as `look` does. */
    async journal(id: string, after: number, limit: number): Promise<readonly JournalEntry[]> {
      const followed = await refresh(id, { seq: after, isSure: false });
      if (followed.hasGap && after + limit > followed.seq) throw journalGap(id, followed.seq + 1);
      return followed.entriesBeyond(after, limit);
    },
    /** Entries as they come, in order and without a gap, until all are known or the signal ends it. Throws `too-many-waiting`. */
    async *follow(id: string, { subject, after, signal }: Reader): AsyncGenerator<readonly JournalEntry[], void> {
      const free = takePlace(subject);
      const known = keep(id);
      known.readers += 1;
      begin();
      try {
        // Entries that were written before the listener was there.
        ignore(known.followed.readStore());
        let last = after;
        while (!signal.aborted) {
          const some = known.followed.entriesBeyond(last);
          if (some.length > 0) yield some;
          last += some.length;
          if (known.followed.isComplete && last >= known.followed.seq) return;
          await known.followed.grownBeyond(last, signal);
        }
      } finally {
        known.readers -= 1;
        known.usedAt = now();
        free();
      }
    },
    async close(): Promise<void> {
      if (timer) clearInterval(timer);
      timer = null;
      await stopListening?.();
    },
  };
}

/** Whether the store's copy may be out of date: behind an entry that was seen, or not checked for long. */
function needsWorkflow(followed: Followed, { seq, isSure }: AtLeast, now: number): boolean {
  if (followed.isStoreSilent || followed.seq === 0 || followed.hasGap) return true;
  if (followed.seq < seq && isSure) return true;
  if (followed.hasEnded) return false;
  // A number that only the caller claims may be wrong: it is checked at most once a second.
  const sinceMs = now - followed.askedAt;
  return sinceMs >= askAgainMs || (followed.seq < seq && sinceMs >= tickMs);
}

/** Why work failed, or an error with `code` where it takes longer than `ms`; null: it is done. */
async function faultWithin(ms: number, work: Promise<void>, code: ErrorCode, who: string): Promise<Error | null> {
  const late = new GantryError(code, `${who} gave no answer within ${ms / 1000} s.`);
  return orAfter(
    ms,
    work.then(() => null, asError),
    late,
  );
}

/** For work that another call waits for, or that is tried again. */
function ignore(work: Promise<void>): void {
  work.catch(() => undefined);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
