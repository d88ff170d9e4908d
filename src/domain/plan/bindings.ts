import type { JsonObject } from '../base/json.ts';
import { type LiveRelease, type Lookup, lookupIn, withoutAdoption } from './references.ts';

/** What is known only once the lock is granted, and journaled then. */
export interface Bindings {
  readonly deployment: string;
  readonly fence: number;
  readonly live: LiveRelease | null;
  /** Each slot's name and its own keys. */
  readonly slot: { readonly live: JsonObject | null; readonly idle: JsonObject } | null;
}

/** Names of references that mean something only once the lock is granted; `slot.live.…` and `slot.idle.…` stand beside them. */
export const boundNames: ReadonlySet<string> = new Set([
  'deployment',
  'fence',
  'live.release',
  'live.artifact.uri',
  'live.artifact.digest',
]);

/**
 * What the references of a plan mean once it is known what is live: the live slot and the other one. Where nothing is
 * live, the first slot is the idle one.
 */
export function bindingsFor(
  { slots }: { readonly slots: readonly { readonly name: string; readonly keys: JsonObject }[] },
  deployment: string,
  fence: number,
  live: LiveRelease | null,
  liveSlot: string | null,
): Bindings {
  const current = slots.find(({ name }) => name === liveSlot);
  const idle = slots.find((slot) => slot !== current);
  return {
    deployment,
    fence,
    live: live && withoutAdoption(live),
    slot: idle ? { live: current?.keys ?? null, idle: idle.keys } : null,
  };
}

/** The name of the slot that is live, or idle and so to be live next; null where there is none. */
export function slotName(bindings: Bindings | null, which: 'live' | 'idle'): string | null {
  const name = bindings?.slot?.[which]?.['name'];
  return typeof name === 'string' ? name : null;
}

/** References that are bound at the grant of the lock. */
export function bindingsLookup(bindings: Bindings): Lookup {
  return lookupIn(bindings as unknown as JsonObject);
}
