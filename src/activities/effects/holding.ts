import type { TargetName } from '../../domain/base/ids.ts';
import type { ConfirmGrantInput } from '../../domain/ports/gates.ts';
import { isHeldBy } from '../../domain/target/lock.ts';
import type { Grant } from '../../domain/target/result.ts';
import type { TargetState } from '../../domain/target/state.ts';
import { orAfter } from '../../system/time-limit.ts';
import type { ActivityDeps } from '../deps.ts';

/** How long a way back waits for a store that does not answer, in milliseconds: then only the target itself is asked. */
const patienceMs = 500;

/**
 * Whether a deployment holds its target by this grant. A grant comes as a signal, which anybody at Temporal's port can
 * send: only the target knows which deployment has its lock. It saves a copy as it grants, which is there by now and takes
 * a millisecond to read; the target itself is asked only where the copy differs, or is not there yet.
 */
export async function isGranted(
  { targets }: Pick<ActivityDeps, 'targets'>,
  saved: TargetState | null,
  { service, environment }: TargetName,
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
  const saved = await orAfter(
    patienceMs,
    deps.store.target(service, environment).catch(() => null),
    null,
  );
  return isGranted(deps, saved, { service, environment }, deployment, grant);
}
