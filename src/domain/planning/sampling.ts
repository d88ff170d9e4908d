import { z } from 'zod';
import type { JsonObject, Sampling } from '../adapters.ts';
import { durationSchema } from '../duration-schema.ts';
import type { ErrorIssue } from '../errors.ts';
import { toIssues } from '../issues.ts';

/** The options that every check has beside its adapter's own, as in Argo Rollouts' analysis. */
const schema = z.object({
  timeout: durationSchema.prefault('5s'),
  within: durationSchema.optional(),
  interval: durationSchema.prefault('1s'),
  count: z.int().min(1).max(1000).default(1),
  failureLimit: z.int().min(0).max(1000).default(0),
  consecutiveErrorLimit: z.int().min(0).max(1000).default(4),
  consecutiveSuccessLimit: z.int().min(0).max(1000).default(0),
  onInconclusive: z
    .enum(['roll-back', 'pause'])
    .default('roll-back')
    .superRefine((value, context) => {
      if (value === 'pause')
        context.addIssue({
          code: 'custom',
          params: { code: 'not-available-yet' },
          message: 'pausing on an inconclusive check is not available yet',
        });
    }),
});

export const samplingKeys: readonly string[] = ['id', ...Object.keys(schema.shape)];

type Read =
  | { readonly kind: 'read'; readonly value: Sampling }
  | { readonly kind: 'refused'; readonly value: Sampling; readonly issues: readonly ErrorIssue[] };

/** The sampling options of a check document, with their defaults: 5 s a sample, one sample a second, one is enough. */
export function readSampling(document: JsonObject): Read {
  const result = schema.safeParse(document);
  const options = result.success ? result.data : schema.parse({});
  const value: Sampling = {
    timeoutMs: options.timeout,
    intervalMs: options.interval,
    withinMs: options.within ?? 0,
    count: options.count,
    failureLimit: options.failureLimit,
    consecutiveErrorLimit: options.consecutiveErrorLimit,
    consecutiveSuccessLimit: options.consecutiveSuccessLimit,
  };
  return result.success
    ? { kind: 'read', value }
    : { kind: 'refused', value, issues: toIssues(result.error, 'invalid-procedure') };
}
