import type { PolicySource } from '../domain/planning/source-ports.ts';
import type { ProcessKind, Store } from '../store/index.ts';
import { type Repeated, repeat } from './repeat.ts';
import { workerName } from './worker-name.ts';

/** How often a process says it, in milliseconds. */
export const sayAgainMs = 10_000;

interface PolicyWordParts {
  readonly store: Pick<Store, 'sayPolicy'>;
  readonly policy: PolicySource;
  readonly kind: ProcessKind;
}

/**
 * Tells the store again and again which policy this process works with, so that `gantry doctor` finds one that works with
 * another. Nothing waits for it: what fails is said the next time.
 */
export function keepSayingPolicy({ store, policy, kind }: PolicyWordParts): Repeated {
  const say = async () => {
    const { digest } = await policy.read();
    await store.sayPolicy({ kind, name: workerName(), policyDigest: digest });
  };
  return repeat(sayAgainMs, () => say().catch(() => undefined), { atOnce: true });
}
