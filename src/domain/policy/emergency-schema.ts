import { z } from 'zod';
import { durationSchema } from '../base/duration-schema.ts';
import { means } from '../base/means.ts';
import { nameSchema } from '../base/text-schemas.ts';
import { waivable } from './waivable.ts';

/** How an environment takes emergencies: who approves, what is waived, and how soon another person reviews them. */
export const emergencySchema = z.strictObject({
  role: nameSchema.meta(means('Who approves an emergency', 'incident-commander')),
  waives: z
    .array(z.enum(waivable))
    .max(waivable.length)
    .refine((all) => new Set(all).size === all.length, 'name each once')
    .meta(means('What is not asked of it; the five stages, identity, lock, digest and record always are', ['window'])),
  review: z
    .strictObject({
      within: durationSchema.meta(means('How soon after its end', '48h')),
      blocksNext: z
        .boolean()
        .meta(means('Whether an overdue review keeps normal and standard changes from the target')),
    })
    .meta(means('Another person looks into it afterwards')),
});
