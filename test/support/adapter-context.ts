import { openSecrets } from '../../src/adapters/index.ts';
import type { AdapterContext } from '../../src/domain/kinds/adapter.ts';

/** What an adapter is told in tests; every part can be told otherwise. */
export function contextFor(given: Partial<AdapterContext> = {}): AdapterContext {
  return {
    identity: { deployment: 'shop.production.7', fence: 7, step: 'switch', stepKey: 'shop.production.7/switch' },
    folder: null,
    secrets: openSecrets(null)(),
    signal: new AbortController().signal,
    timeoutMs: 10_000,
    ...given,
  };
}
