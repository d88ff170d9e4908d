import { GantryError } from '../domain/base/errors.ts';
import type { Swept } from '../domain/base/retention.ts';
import type { Store } from '../store/index.ts';
import { loggedOnce, type Repeated, repeat } from './repeat.ts';

const everyMs = 60_000;

export interface UpkeepParts {
  readonly store: Pick<Store, 'checkSchema' | 'sweep'>;
  /** Whether it sweeps the store, which an API may and a worker may not. */
  readonly sweeps: boolean;
  /** Removes what killed workers have left in the temporary folder; null: this process runs no commands. */
  readonly removeLeftFolders: (() => Promise<unknown>) | null;
  /** Takes one line for people. */
  readonly log: (line: string) => void;
}

/**
 * What a process sees to from time to time: checks that this build can still work with the schema of the store, removes from
 * it what is past its time (an API), and removes what killed workers of this machine have left (a worker). A worker that the
 * schema has left behind logs that once and goes on: what runs on it has a way back that needs no store. Never throws.
 */
export function createUpkeep({ store, sweeps, log, removeLeftFolders }: UpkeepParts): () => Promise<void> {
  const sweep = async (): Promise<void> => {
    await store.checkSchema();
    if (!sweeps) return;
    const swept = await store.sweep();
    const inWords = swept && wordsOf(swept);
    if (inWords) log(`Removed from the store, past their time: ${inWords}.`);
  };
  const works = [sweep, ...(removeLeftFolders === null ? [] : [removeLeftFolders])];
  const rounds = works.map((work) => loggedOnce(work, faultIn, log));
  return async () => {
    await Promise.all(rounds.map((round) => round()));
  };
}

function faultIn(error: unknown): string {
  return error instanceof GantryError ? `${error.code}: ${error.message}` : String(error);
}

function wordsOf(swept: Swept): string {
  const gone = Object.entries(swept).filter(([, count]) => count > 0);
  return gone.map(([kind, count]) => `${count} ${kind}`).join(', ');
}

/** Does the same now and every minute, until it is stopped. */
export function keepUp(parts: UpkeepParts): Repeated {
  return repeat(everyMs, createUpkeep(parts), { atOnce: true });
}
