import { GantryError } from '../domain/errors.ts';
import type { Store } from '../store/index.ts';
import { type Repeated, repeat } from './repeat.ts';

const everyMs = 60_000;

interface UpkeepParts {
  readonly store: Pick<Store, 'checkSchema'>;
  /** Takes one line for people. */
  readonly log: (line: string) => void;
}

/**
 * What a worker sees to from time to time: whether the store still has a schema that this build works with. Where it has
 * not, the worker says so once and goes on: what runs on it has a way back that needs no store. Never throws.
 */
export function createUpkeep({ store, log }: UpkeepParts) {
  let fault: string | null = null;
  return {
    async round(): Promise<void> {
      try {
        await store.checkSchema();
        fault = null;
      } catch (error) {
        const why = error instanceof GantryError ? `${error.code}: ${error.message}` : String(error);
        if (why !== fault) log(why);
        fault = why;
      }
    },
  };
}

/** The same every minute. Answers how it is ended. */
export function keepUp(parts: UpkeepParts): Repeated {
  const upkeep = createUpkeep(parts);
  return repeat(everyMs, () => upkeep.round());
}
