import { type Freeze, isFrozenBy } from '../../domain/policy/freezes-by-people.ts';
import type { ActivityDeps } from '../deps.ts';

/** What may change under every deployment at once. Throws as its sources do. */
export type CurrentRules = ReturnType<typeof createCurrentRules>;

/** How often each is read, in milliseconds, however many deployments ask. */
const everyMs = 1_000;

/** More than there ever are; the newest come first. */
const maxFreezes = 10_000;

/** Reads once a second for all deployments of a worker, and not at all while none asks. */
export function createCurrentRules({ policy, store, now }: Pick<ActivityDeps, 'policy' | 'store' | 'now'>) {
  const readPolicy = onceInAWhile(() => policy.read());
  const readFreezes = onceInAWhile(async () => {
    const which = { isActive: true, at: new Date(now()).toISOString() };
    return (await store.freezes({ which, limit: maxFreezes })).items;
  });
  return {
    /** The policy as it is now, or will be within a second. */
    policy: readPolicy,
    /** The same of the freezes that cover a target, are not lifted and not over. */
    async freezesOf(service: string, environment: string): Promise<readonly Freeze[]> {
      const all = await readFreezes();
      // The oldest first, as everywhere for one target.
      return all.filter(({ scope }) => isFrozenBy(scope, { service, environment })).toReversed();
    },
  };
}

/** Every call gets the next reading, which begins after the call; {@link everyMs} lie between two of them. */
function onceInAWhile<T>(read: () => Promise<T>): () => Promise<T> {
  let next: Promise<T> | null = null;
  let readAt = Number.NEGATIVE_INFINITY;
  return () => {
    next ??= (async () => {
      const ms = Math.max(0, readAt + everyMs - performance.now());
      await new Promise((resolve) => setTimeout(resolve, ms).unref());
      next = null;
      readAt = performance.now();
      return read();
    })();
    return next;
  };
}
