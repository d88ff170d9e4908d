import { z } from 'zod';
import { means } from '../base/means.ts';
import { digestSchema, nameSchema, subjectSchema } from '../base/text-schemas.ts';

/** Standing approvals of standard changes: one procedure digest for one service, by whom, and until which day (UTC, that day included). */
export const standardSchema = z
  .array(
    z.strictObject({
      service: nameSchema.meta(means('The service', 'shop')),
      procedure: nameSchema.meta(means('The procedure', 'shop-blue-green')),
      digest: digestSchema.meta(
        means("The procedure's digest: one changed word asks for a new approval", `sha256:${'0'.repeat(64)}`),
      ),
      approvedBy: z
        .array(subjectSchema)
        .min(1)
        .max(20)
        .refine((who) => new Set(who).size === who.length, 'name each approver once')
        .meta(means('Who has approved it for good', ['key:bob', 'key:carol'])),
      until: z.iso
        .date('write a day such as 2027-06-30')
        .meta(means('The last day that it counts, in UTC', '2027-06-30')),
    }),
  )
  .max(100);
export type StandingRule = z.infer<typeof standardSchema>[number];
