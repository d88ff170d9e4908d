import { needsLiveRelease, type Plan } from './plan.ts';
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

/**
 * Why nothing of a plan may run on a target, as far as what is live there goes; null when it may. Where the plan has
 * slots, the live one must be known to be one of them: the other one is idle, and to be deployed to.
 */
export function liveReleaseFault(
  plan: Plan,
  { live, slot }: { readonly live: LiveRelease | null; readonly slot: string | null },
): string | null {
  if (plan.change.initial) return null;
  const names = plan.slots.map(({ name }) => name);
  const isSlotKnown = names.length === 0 || names.includes(slot ?? '');
  if (isSlotKnown && (live !== null || !needsLiveRelease(plan))) return null;
  const { service, environment } = plan;
  const unknown =
    live === null
      ? `Nothing is known to be live on ${service} in ${environment}`
      : `${service} in ${environment} serves ${live.release} from ${slot === null ? 'no slot that is known' : `the slot ${slot}`}`;
  const which = names.length === 0 ? '' : `, in slot ${names.join(' or ')}`;
  return `${unknown}: adopt what it serves first${which} (POST /v1/targets/${service}/${environment}/adopt).`;
}
