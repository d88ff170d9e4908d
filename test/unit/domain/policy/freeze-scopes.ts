import type { FreezeScope } from '../../../../src/domain/policy/freezes-by-people.ts';

/** One freeze scope of each kind. */
export const scopes = {
  everything: { kind: 'everything' },
  service: { kind: 'service', service: 'shop' },
  environment: { kind: 'environment', environment: 'production' },
  target: { kind: 'target', service: 'shop', environment: 'production' },
} as const satisfies Record<string, FreezeScope>;
