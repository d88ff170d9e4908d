import type { Target } from './state.ts';

/** The target after a deployment asked for the lock; one that is unknown, superseded or confirmed is not queued. */
export function withAsker(target: Target, number: number): Target {
  const isKnown = target.open.some((one) => one.number === number);
  const isOver = number <= (target.newestConfirmed ?? 0);
  if (!isKnown || isOver || target.queue.includes(number)) return target;
  return { ...target, queue: [...target.queue, number] };
}
