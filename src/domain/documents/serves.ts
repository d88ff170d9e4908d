import type { Outcome } from '../base/phases.ts';
import type { DeploymentState } from '../deployment/state.ts';
import type { Plan } from '../plan/plan.ts';
import type { LiveRelease } from '../plan/references.ts';

/** What a target serves, for its documents. */
export type Serves =
  | { readonly kind: 'release'; readonly live: LiveRelease }
  | { readonly kind: 'nothing' }
  /** A deployment has changed something, and a person must find out what serves. */
  | { readonly kind: 'unknown'; readonly deployment: string };

/**
 * What serves after a deployment, where its documents may say something else; null: nothing was changed, or they have been
 * up to date since it was validated.
 */
export function servesAtEnd(
  plan: Pick<Plan, 'repair'>,
  deployment: string,
  { hasChanged, bindings, confirmed }: Pick<DeploymentState, 'hasChanged' | 'bindings' | 'confirmed'>,
  outcome: Outcome,
): Serves | null {
  if (plan.repair) {
    if (outcome !== 'succeeded') return { kind: 'unknown', deployment };
    return release(confirmed?.live ?? null);
  }
  if (!hasChanged || outcome === 'succeeded') return null;
  return outcome === 'needs-intervention' ? { kind: 'unknown', deployment } : release(bindings?.live ?? null);
}

const release = (live: LiveRelease | null): Serves => (live ? { kind: 'release', live } : { kind: 'nothing' });
