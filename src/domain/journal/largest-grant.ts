import { deploymentId } from '../base/ids.ts';
import { bindingsFor } from '../plan/bindings.ts';
import type { Plan } from '../plan/plan.ts';
import type { EntryOf } from './entries.ts';

/** The largest `lock-granted` entry that a plan can lead to, whatever is live by then. */
export function largestGrant(plan: Plan): EntryOf<'lock-granted'> {
  const fence = 999999999;
  const deployment = deploymentId('s'.repeat(63), 'e'.repeat(63), fence);
  const artifact = { uri: 'u'.repeat(512), digest: `sha256:${'0'.repeat(64)}` };
  const live = { release: 'r'.repeat(63), artifact, since: new Date(0).toISOString(), deployment };
  return {
    type: 'lock-granted',
    fence,
    bindings: bindingsFor(plan, deployment, fence, live, plan.slots[0]?.name ?? null),
  };
}
