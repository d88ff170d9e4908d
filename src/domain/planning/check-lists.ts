import { z } from 'zod';
import { means } from '../base/means.ts';
import { adapterSpec, none } from './document-parts.ts';

const listed = { error: 'list at least one check' };

/** Health, smoke validation and the rollback's own checks: at least one, at most 50. */
export const checks = z.array(adapterSpec, listed).min(1, listed).max(50);

/** Other groups: at least one, or the reason why there is none. */
export const checksOrNone = z.union([checks, none], 'list at least one check, or write none: with the reason');

/** The four groups of `validation`: all of them are written, and one without checks says why. */
export const validationSchema = z.strictObject({
  smoke: checks.meta(means('Does it work at all')),
  performance: checksOrNone.meta(means('Is it as fast, and are there as few errors, as before')),
  integrations: checksOrNone.meta(means('Do those answer whom it calls, and who calls it')),
  features: checksOrNone.meta(means('Does what users do with it work')),
});
