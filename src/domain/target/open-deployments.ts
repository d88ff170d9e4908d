import { pick } from '../base/pick.ts';
import { withAsker } from './queue.ts';
import type { OpenDeployment, Target, UnknownDeployment } from './state.ts';

/** The id of an open deployment, by its number. */
export function idOf({ open }: Target, number: number): string {
  return open.find((one) => one.number === number)?.id ?? String(number);
}

/** The target without a deployment: one that could not be started leaves its key as if it had never been used. */
export function without(target: Target, number: number): Target {
  return {
    ...target,
    open: target.open.filter((one) => one.number !== number),
    queue: target.queue.filter((one) => one !== number),
  };
}

/**
 * The target with the running deployments that it did not know, since it was started anew. Those that wait for the lock
 * are queued in the order in which they had asked; then those that ask by now (`asking`).
 */
export function withUnknownDeployments(
  target: Target,
  taken: readonly UnknownDeployment[],
  asking: ReadonlySet<number>,
): Target {
  const isNew = ({ number }: UnknownDeployment) => !target.open.some((one) => one.number === number);
  // Whether one ever had the lock is not known any more.
  const unknown = { key: null, bodyDigest: null, hadLock: true, review: null };
  const opened = taken
    .filter(isNew)
    .map((one): OpenDeployment => ({ ...unknown, ...pick(one, 'number', 'id', 'workflowId', 'runId', 'review') }));
  const waiting = taken
    .filter(({ number, waitsSince }) => waitsSince !== null || asking.has(number))
    .toSorted((a, b) => waitsSince(a).localeCompare(waitsSince(b)) || a.number - b.number);
  const known: Target = {
    ...target,
    lastNumber: Math.max(target.lastNumber, ...opened.map(({ number }) => number)),
    open: [...target.open, ...opened],
  };
  return waiting.reduce((next, { number }) => (next.lock?.number === number ? next : withAsker(next, number)), known);
}

/** For one that has not waited yet: later than every time. */
const waitsSince = ({ waitsSince }: UnknownDeployment) => waitsSince ?? '9999';
