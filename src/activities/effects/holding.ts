import { setTimeout as delay } from 'node:timers/promises';
import type { ConfirmGrantInput } from '../../domain/ports/gates.ts';
import type { Grant } from '../../domain/target/result.ts';
import type { TargetState } from '../../domain/target/state.ts';
import { isHeldBy } from '../../domain/target/target.ts';
import type { ActivityDeps } from '../deps.ts';

/** A way back does not wait for a store that says nothing, in milliseconds: then only the target itself is asked. */
const patienceMs = 500;

/**
 * Whether a deployment holds its target by this grant. A grant comes as a signal, which anybody at Temporal's port can
 * send: only the target knows who has its lock. It saves a copy as it grants, which is there by now and costs a
 * millisecond; only where that says otherwise, or is not there yet, it is asked itself.
 */
export async function isGranted(
  { targets }: Pick<ActivityDeps, 'targets'>,
  saved: TargetState | null,
  { service, environment }: { readonly service: string; readonly environment: string },
  deployment: string,
  grant: Grant,
): Promise<boolean> {
  if (saved && isHeldBy(saved, deployment, grant)) return true;
  const view = await targets.view(service, environment);
  return view !== null && isHeldBy(view, deployment, grant);
}

/** The same for a repair, which goes on without the store. */
export async function confirmGrant(
  deps: Pick<ActivityDeps, 'store' | 'targets'>,
  { deployment, service, environment, grant }: ConfirmGrantInput,
): Promise<boolean> {
  const saved = await Promise.race([
    deps.store.target(service, environment).catch(() => null),
    delay(patienceMs, null, { ref: false }),
  ]);
  return isGranted(deps, saved, { service, environment }, deployment, grant);
}
