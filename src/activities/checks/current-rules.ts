import { type Freeze, isFrozenBy } from '../../domain/policy/freezes.ts';
import type { ActivityDeps } from '../deps.ts';

/** What may change under every deployment at once. Throws as its sources do. */
export interface CurrentRules {
  /** The policy as it is now, or will be within a second. */
  policy(): ReturnType<ActivityDeps['policy']['read']>;
  /** The same of the freezes that cover a target, are not lifted and not over. */
  freezesOf(service: string, environment: string): Promise<readonly Freeze[]>;
}

/** How often each is looked at, in milliseconds, however many deployments want to know. */
const everyMs = 1_000;

/** More than anybody makes; of the newest all are seen. */
const maxFreezes = 10_000;

/** One look a second for all deployments of a worker, and none while nobody wants to know. */
export function createCurrentRules({
  policy,
  store,
  now,
}: Pick<ActivityDeps, 'policy' | 'store' | 'now'>): CurrentRules {
  const readPolicy = onceInAWhile(() => policy.read());
  const readFreezes = onceInAWhile(async () => {
    const which = { isActive: true, at: new Date(now()).toISOString() };
    return (await store.freezes({ which, limit: maxFreezes })).items;
  });
  return {
    policy: readPolicy,
    async freezesOf(service, environment) {
      const all = await readFreezes();
      // The oldest first, as those of one target are told elsewhere, too.
      return all.filter(({ scope }) => isFrozenBy(scope, { service, environment })).toReversed();
    },
  };
}

/** Everybody who asks gets the next look, which begins after they asked; between two of them lies {@link everyMs}. */
function onceInAWhile<T>(look: () => Promise<T>): () => Promise<T> {
  let next: Promise<T> | null = null;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return () => {
    next ??= (async () => {
      const ms = Math.max(0, lookedAt + everyMs - performance.now());
      await new Promise((resolve) => setTimeout(resolve, ms).unref());
      next = null;
      lookedAt = performance.now();
      return look();
    })();
    return next;
  };
}
