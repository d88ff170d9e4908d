import { withGrant } from '../../../../src/domain/target/lock.ts';
import { emptyTarget, type OpenDeployment, type Target } from '../../../../src/domain/target/state.ts';

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
