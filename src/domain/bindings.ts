import { deploymentId } from './ids.ts';
import type { EntryOf } from './journal.ts';
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

/**
 * The gate `live-release`: whether it is known which artifact a rollback returns to, and whether the rollback checks tell
 * it from the one that is to come: the same name with another digest is another release.
 */
export function liveReleaseGate(
  plan: Plan,
  served: { readonly live: LiveRelease | null; readonly slot: string | null },
): Pick<EntryOf<'gate-evaluated'>, 'required' | 'found' | 'verdict' | 'digest'> {
  if (plan.change.initial)
    return { required: 'nothing', found: 'the first deployment has nothing to return to', verdict: 'not-required' };
  const required = 'the artifact that a rollback returns to is known';
  const { live } = served;
  const fault = liveReleaseFault(plan, served);
  if (live === null || fault !== null)
    return { required, found: fault ?? 'nothing is known to be live: adopt what it serves first', verdict: 'failed' };
  const { uri, digest } = live.artifact;
  const [returns, adopted] = [`a rollback returns to ${live.release} (${uri})`, adoptionText(live)];
  if (live.release !== plan.release || digest === plan.artifact.digest)
    return { required, found: `${returns}${adopted}`, verdict: 'passed', digest };
  const other = `${returns}, which has the name of the release that is to come and another digest, so it is another release${adopted}`;
  if (tellsMoreThanNames(plan)) return { required, found: other, verdict: 'passed', digest };
  const why = `by the name no rollback check tells the two apart: compare \${live.artifact.digest} or \${slot.live.name} in rollback.verify, or give the release a name of its own`;
  return { required, found: `${other}; ${why}`, verdict: 'failed', digest };
}

/** Whether a rollback check compares, or is handed, more of what served before than the name of its release. */
function tellsMoreThanNames({ rollback }: Plan): boolean {
  const compared = rollback.verify.map(({ spec: { json, command } }) => [json ?? '', command ?? '']);
  return /(?<!\$)\$\{(live\.artifact\.|slot\.live\.)/.test(JSON.stringify(compared));
}

/** Who said that it serves; empty where a deployment brought it. */
function adoptionText({ since, adopted }: LiveRelease): string {
  return adopted ? `, adopted ${since} by ${adopted.by.name} (${adopted.by.subject}): ${adopted.reason}` : '';
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
