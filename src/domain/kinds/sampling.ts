import { z } from 'zod';
import { durationSchema } from '../base/duration-schema.ts';
import type { ErrorIssue } from '../base/errors.ts';
import { addFault, toIssues } from '../base/issues.ts';
import type { JsonObject } from '../base/json.ts';
import type { Pace, SampleWindow, Sampling } from './adapter.ts';
import { usualHealth } from './health-window.ts';

const samplesSchema = z.int().min(1).max(1000);
const limitSchema = z.int().min(0).max(1000);

/** So many samples, or a time. */
const windowSchema = z.union(
  [
    samplesSchema.transform((size): SampleWindow => ({ kind: 'samples', size })),
    durationSchema.transform((ms): SampleWindow => ({ kind: 'time', ms })),
  ],
  'write a number of samples from 1 to 1000, or a duration such as 10m',
);

/** The options that every check has beside its adapter's own, as in Argo Rollouts' analysis. */
const schema = z.object({
  timeout: durationSchema.prefault('5s'),
  within: durationSchema.default(0),
  interval: durationSchema.prefault('1s'),
  count: samplesSchema.default(1),
  failureLimit: limitSchema.default(0),
  consecutiveErrorLimit: limitSchema.default(4),
  consecutiveSuccessLimit: limitSchema.default(0),
  window: windowSchema.optional(),
  atStart: z.enum(['must-pass', 'may-fail']).default('must-pass'),
  onInconclusive: z
    .enum(['roll-back', 'pause'])
    .default('roll-back')
    .superRefine((value, context) => {
      if (value === 'pause')
        addFault(context, 'pausing on an inconclusive check is not available yet', [], 'not-available-yet');
    }),
});

export const samplingKeys: readonly string[] = ['id', ...Object.keys(schema.shape)];

type Read =
  | { readonly kind: 'read'; readonly value: Sampling }
  | { readonly kind: 'refused'; readonly value: Sampling; readonly issues: readonly ErrorIssue[] };

/** Options that mean something only where a check goes on until its deployment ends. */
export const healthKeys = ['window', 'atStart'] as const;

/** What a check has of its own that goes on until its deployment ends; `pace` where its adapter has one. */
interface HealthCheck {
  readonly pace?: Pace;
}

/**
 * The sampling options of a check document, with their defaults: 5 s a sample, one sample a second, one is enough. Of a
 * health check (`health`) also what its failures are counted over.
 */
export function readSampling(document: JsonObject, health: HealthCheck | null = null): Read {
  const result = schema.safeParse(document);
  const options = result.success ? result.data : schema.parse({});
  const { timeout: timeoutMs, interval, within: withinMs, window, atStart, onInconclusive: _, ...limits } = options;
  const usual = health && usualHealth(limits, health.pace);
  const value: Sampling = {
    timeoutMs,
    intervalMs: health?.pace?.intervalMs ?? interval,
    withinMs,
    ...limits,
    ...(usual ? { health: { ...usual, window: window ?? usual.window, atStart } } : {}),
  };
  return result.success
    ? { kind: 'read', value }
    : { kind: 'refused', value, issues: toIssues(result.error, 'invalid-procedure') };
}
