import type { OpenDeployment, Target } from './state.ts';

/** What a confirmed release changes for older ones: none of them may have the lock any more, whether or not it ever had it. */
export function superseding(target: Target, number: number): Pick<Target, 'queue' | 'newestConfirmed'> {
  const newestConfirmed = Math.max(number, target.newestConfirmed ?? 0);
  return { newestConfirmed, queue: target.queue.filter((one) => one > newestConfirmed) };
}

/** Whether a newer release has been confirmed. What has changed something by then holds the lock, so it is never one of these. */
export function isSuperseded(target: Target, number: number): boolean {
  return number < (target.newestConfirmed ?? 0);
}

/** Open deployments that a newer one has superseded. One that has ended but for its record, or is in handoff, ignores it. */
export function supersededIn(target: Target): readonly OpenDeployment[] {
  return target.open.filter(({ number }) => isSuperseded(target, number));
}
