import type { Plan } from './plan.ts';
import { type Bindings, type LiveRelease, withoutAdoption } from './references.ts';

/**
 * What the references of a plan mean once it is known what is live: the live slot and the other one. Where nothing is
 * live, the first slot is the idle one.
 */
export function bindingsFor(
  plan: Plan,
  deployment: string,
  fence: number,
  live: LiveRelease | null,
  liveSlot: string | null,
): Bindings {
  const current = plan.slots.find(({ name }) => name === liveSlot);
  const idle = plan.slots.find((slot) => slot !== current);
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
