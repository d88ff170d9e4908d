import { pick } from '../base/pick.ts';
import { idOf } from './open-deployments.ts';
import { type ReviewView, reviewViews } from './reviews.ts';
import type { Target, TargetState } from './state.ts';

/** What the store keeps of a target. */
export function targetStateOf(target: Target): TargetState {
  return {
    ...pick(target, 'service', 'environment', 'lastNumber', 'fence', 'live', 'slot', 'reviews'),
    lock: target.lock && pick(target.lock, 'deployment', 'fence', 'since'),
  };
}

/** A target as the API answers it. */
export interface TargetView extends Omit<TargetState, 'reviews'> {
  readonly reviews: readonly ReviewView[];
  readonly queue: readonly string[];
  readonly open: readonly string[];
  readonly needsIntervention: boolean;
}

export function targetViewOf(target: Target): TargetView {
  return {
    ...targetStateOf(target),
    reviews: reviewViews(target.reviews),
    queue: target.queue.map((number) => idOf(target, number)),
    open: target.open.map(({ id }) => id),
    needsIntervention: target.lock?.isStuck ?? false,
  };
}
