import { z } from 'zod';
import { freeTextSchema, nameSchema, subjectSchema } from '../base/names.ts';

export const personSchema = z.strictObject({
  subject: subjectSchema,
  name: freeTextSchema(100),
  roles: z.array(nameSchema).max(20),
  aliases: z
    .array(z.string().regex(/^[A-Za-z0-9._~:/@|+=,-]{1,250}$/))
    .max(20)
    .default([]),
});
export type Person = z.infer<typeof personSchema>;

export const robotSchema = z.strictObject({
  subject: subjectSchema,
  name: freeTextSchema(100),
  may: z.array(z.enum(['submit-evidence', 'request'])).max(5),
  /** Those it may act for; absent: every one. */
  services: z.array(nameSchema).min(1).max(200).optional(),
});
export type Robot = z.infer<typeof robotSchema>;
