import { z } from 'zod';
import { durationSchema } from '../base/duration-schema.ts';
import type { ErrorIssue } from '../base/errors.ts';
import { addFault, toIssues } from '../base/issues.ts';
import type { JsonObject } from '../base/json.ts';
import { means } from '../base/means.ts';
import type { Pace, SampleWindow, Sampling } from './adapter.ts';
import { usualHealth } from './health-limits.ts';

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
export const samplingSchema = z.object({
  timeout: durationSchema.prefault('5s').meta(means('The longest that one sample may take; later is an error')),
  within: durationSchema
    .default(0)
    .meta(means('Tries until it passes, for so long; absent: `count` samples decide', '20s')),
  interval: durationSchema.prefault('1s').meta(means('The time between two samples')),
  count: samplesSchema.default(1).meta(means('How many samples are taken', 5)),
  failureLimit: limitSchema.default(0).meta(means('It fails when more samples than this have failed', 2)),
  consecutiveErrorLimit: limitSchema
    .default(4)
    .meta(means('It fails when more samples in a row than this could not be measured or did not tell enough')),
  consecutiveSuccessLimit: limitSchema
    .default(0)
    .meta(means('So many good samples in a row make it pass; 0: not asked for', 3)),
  window: windowSchema
    .optional()
    .meta(
      means(
        'What failures are counted over: so many samples, or a time; absent: the last 20 samples, or twice as many as may fail',
        '10m',
      ),
    ),
  atStart: z
    .enum(['must-pass', 'may-fail'])
    .default('must-pass')
    .meta(means('`may-fail`: bad before the change, it is evaluated from its first good sample on')),
  onInconclusive: z
    .enum(['roll-back', 'pause'])
    .default('roll-back')
    .superRefine((value, context) => {
      if (value === 'pause')
        addFault(context, 'pausing on an inconclusive check is not available yet', [], 'not-available-yet');
    })
    .meta({ ...means('What becomes of a check that is not decided'), enum: ['roll-back'] }),
});

export const samplingKeys: readonly string[] = ['id', ...Object.keys(samplingSchema.shape)];

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
  const result = samplingSchema.safeParse(document);
  const options = result.success ? result.data : samplingSchema.parse({});
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
