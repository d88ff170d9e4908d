import { z } from 'zod';
import { durationSchema } from '../base/duration-schema.ts';
import { nameSchema } from '../base/names.ts';
import { waivable } from './emergency.ts';

/** How an environment takes emergencies: who approves, what is waived, and how soon another person reviews them. */
export const emergencySchema = z.strictObject({
  role: nameSchema,
  waives: z
    .array(z.enum(waivable))
    .max(waivable.length)
    .refine((all) => new Set(all).size === all.length, 'name each once'),
  review: z.strictObject({ within: durationSchema, blocksNext: z.boolean() }),
});
