import { z } from 'zod';
import { adapterSpec, none } from './document-parts.ts';

const listed = { error: 'list at least one check' };

/** Health, smoke validation and the rollback's own checks: at least one, at most 50. */
export const checks = z.array(adapterSpec, listed).min(1, listed).max(50);

/** Other groups: at least one, or the reason why there is none. */
export const checksOrNone = z.union([checks, none], 'list at least one check, or write none: with the reason');
