import type { OpenDeployment } from '../../../../src/domain/target/state.ts';

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
