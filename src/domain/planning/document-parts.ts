import { z } from 'zod';
import { durationPattern, parseDuration } from '../base/duration.ts';
import { jsonSchema } from '../base/json-schema.ts';
import { means } from '../base/means.ts';
import { freeTextSchema } from '../base/text-schemas.ts';

// What the parts of a procedure's document share. References are still in it, so a field that ends as a duration or a number
// may hold one; planning fills them in and holds the result to the strict shape.

const isDuration = (text: string) => parseDuration(text) !== undefined;

/** `hold: 30` is a number without a unit. */
const writeDuration = {
  error: ({ input }: { readonly input?: unknown }) =>
    input === undefined ? undefined : 'write a duration with its unit, such as 30s or 15m',
};
export const plainDuration = z
  .string(writeDuration)
  .refine(
    isDuration,
    'write a duration such as 500ms, 30s, 15m, 24h or 7d, at most 90d; no reference is filled in here',
  )
  .meta({ pattern: durationPattern.source, examples: ['30s'] });
const wholeReference = /^\$\{[^{}]+\}$/;
export const durationText = z
  .string(writeDuration)
  .refine((text) => isDuration(text) || wholeReference.test(text), {
    message: 'write a duration such as 500ms, 30s, 15m, 24h or 7d, at most 90d, or a reference to one',
  })
  .meta({ pattern: `${durationPattern.source}|${wholeReference.source}`, examples: ['30s'] });
export const reason = freeTextSchema(500);
export const none = z.strictObject({
  none: reason.meta(means('Why there is nothing here', 'nothing measures it yet')),
});

/** The adapter's kind is a key and its options stand beside it; which keys those are, the adapter's schema says. */
export const adapterSpec = z
  .record(z.string(), jsonSchema)
  .refine((spec) => Object.keys(spec).length > 0, 'name what to do, such as command: or http:');
