import { type ReviewView, reviewViews } from './reviews.ts';
import type { Target, TargetState } from './state.ts';

/** What the store keeps of a target. */
export function targetStateOf({
  service,
  environment,
  lastNumber,
  fence,
  live,
  slot,
  lock,
  reviews,
}: Target): TargetState {
  return {
    service,
    environment,
    lastNumber,
    fence,
    live,
    slot,
    lock: lock ? { deployment: lock.deployment, fence: lock.fence, since: lock.since } : null,
    reviews,
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
  const idOf = (number: number) => target.open.find((one) => one.number === number)?.id ?? String(number);
  return {
    ...targetStateOf(target),
    reviews: reviewViews(target.reviews),
    queue: target.queue.map(idOf),
    open: target.open.map(({ id }) => id),
    needsIntervention: target.lock?.isStuck ?? false,
  };
}
