import { withGrant } from '../../../../src/domain/target/lock.ts';
import { emptyTarget, type Lock, type OpenDeployment, type Target } from '../../../../src/domain/target/state.ts';

/** An open deployment of shop in production that has not had the lock. */
export const openDeployment = (number: number, more: Partial<OpenDeployment> = {}): OpenDeployment => ({
  number,
  id: `shop.production.${number}`,
  workflowId: `deployment/shop/production/${number}`,
  runId: null,
  key: `key-${number}`,
  bodyDigest: `body-${number}`,
  hadLock: false,
  ...more,
});

export const at = '2026-11-23T09:00:00.000Z';

/** A target with these open deployments, asking for the lock in the order of `queue`. */
export function targetWith(numbers: readonly number[], queue: readonly number[]): Target {
  return {
    ...emptyTarget('shop', 'production'),
    lastNumber: Math.max(...numbers),
    open: numbers.map((number) => openDeployment(number)),
    queue,
  };
}

/** The same once the first in the queue has the lock. */
export const granted = (target: Target): Target => {
  const next = withGrant(target, at);
  if (!next) throw new Error('nobody got the lock');
  return next;
};

/** The lock as this deployment of shop in production has it. */
export const lockOf = (number: number): Lock => ({
  number,
  deployment: `shop.production.${number}`,
  fence: 3,
  since: at,
  isStuck: false,
});

/** A target that has had nine deployments, with this of its own. */
export const targetOf = (change: Partial<Target>): Target => ({
  ...emptyTarget('shop', 'production'),
  fence: 3,
  lastNumber: 9,
  ...change,
});
