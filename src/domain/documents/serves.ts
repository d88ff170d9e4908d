import type { Outcome } from '../base/phases.ts';
import type { DeploymentState } from '../deployment/state.ts';
import type { Plan } from '../plan/plan.ts';
import type { LiveRelease } from '../plan/references.ts';

/** What a target serves, as its documents tell it. */
export type Serves =
  | { readonly kind: 'release'; readonly live: LiveRelease }
  | { readonly kind: 'nothing' }
  /** A deployment has changed something, and nobody knows what came of it until a person has looked. */
  | { readonly kind: 'unknown'; readonly deployment: string };

/**
 * What a deployment leaves behind that its documents may tell otherwise; null: nothing was changed, or they tell it
 * since it was validated.
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
