import { z } from 'zod';
import { means } from '../base/means.ts';
import { freeTextSchema, nameSchema, subjectSchema } from '../base/text-schemas.ts';

/** A person of the policy; `find-person.ts` finds them by any of their names. */
export const personSchema = z.strictObject({
  subject: subjectSchema.meta(means('Whose key or login it is', 'key:alice')),
  name: freeTextSchema(100).meta(means('How records call them', 'Alice May')),
  roles: z
    .array(nameSchema)
    .max(20)
    .meta(
      means('What they may approve, acknowledge and do; `[]`: request, look, note, pause, abort', ['service-owner']),
    ),
  aliases: z
    .array(z.string().regex(/^[A-Za-z0-9._~:/@|+=,-]{1,250}$/))
    .max(20)
    .default([])
    .meta(means('Other names of theirs, by which `change.authors` finds them', ['github:alice', 'alice@shop.example'])),
});

export type Person = z.infer<typeof personSchema>;
