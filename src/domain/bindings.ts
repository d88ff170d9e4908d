import type { EntryOf } from './journal.ts';
import { deploymentId } from './names.ts';
import type { Plan } from './plan.ts';
import type { Bindings, LiveRelease } from './references.ts';

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
  return { deployment, fence, live, slot: idle ? { live: current?.keys ?? null, idle: idle.keys } : null };
}

/** The name of the slot that is live, or idle and so to be live next; null where there is none. */
export function slotName(bindings: Bindings | null, which: 'live' | 'idle'): string | null {
  const name = bindings?.slot?.[which]?.['name'];
  return typeof name === 'string' ? name : null;
}

/** The largest `lock-granted` entry that a plan can lead to, whatever is live by then. */
export function largestGrant(plan: Plan): EntryOf<'lock-granted'> {
  const fence = 999_999_999;
  const deployment = deploymentId('s'.repeat(63), 'e'.repeat(63), fence);
  const artifact = { uri: 'u'.repeat(512), digest: `sha256:${'0'.repeat(64)}` };
  const live = { release: 'r'.repeat(63), artifact, since: new Date(0).toISOString(), deployment };
  return {
    type: 'lock-granted',
    fence,
    bindings: bindingsFor(plan, deployment, fence, live, plan.slots[0]?.name ?? null),
  };
}
