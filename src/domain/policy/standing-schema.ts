import { z } from 'zod';
import { digestSchema, nameSchema, subjectSchema } from '../base/names.ts';

/** Standing approvals of standard changes: one procedure digest for one service, by whom, and until which day (UTC, that day included). */
export const standardSchema = z
  .array(
    z.strictObject({
      service: nameSchema,
      procedure: nameSchema,
      digest: digestSchema,
      approvedBy: z
        .array(subjectSchema)
        .min(1)
        .max(20)
        .refine((who) => new Set(who).size === who.length, 'name each approver once'),
      until: z.iso.date('write a day such as 2027-06-30'),
    }),
  )
  .max(100);
export type StandingRule = z.infer<typeof standardSchema>[number];
