import { z } from 'zod';
import { formatDuration } from '../../domain/base/duration.ts';
import { durationSchema } from '../../domain/base/duration-schema.ts';
import type { JsonObject } from '../../domain/base/json.ts';
import { means } from '../../domain/base/means.ts';
import type { AdapterContext, CheckAdapter, Measurement } from '../../domain/kinds/adapter.ts';
import { word } from '../../domain/kinds/describe.ts';
import {
  brokenLimit,
  describeLimits,
  describeSamples,
  limitsFault,
  pointsIn,
  shortened,
  usualMaxAge,
  usualMinimumSamples,
} from '../../domain/kinds/measured-numbers.ts';
import { now } from '../clock.ts';
import { headersSchema, urlSchema } from '../http/specs.ts';
import { askInstant, askRange, clockFault, type Point } from '../metrics/ask.ts';

/** A name of a metric, labels in braces, or both: what has samples of its own, each with its time. */
const selector = /^([a-zA-Z_:][a-zA-Z0-9_:]*)?(\s*\{([^{}"'`]|"([^"\\]|\\.)*"|'([^'\\]|\\.)*'|`[^`]*`)*\})?$/;
const isSelector = (text: string) => text.trim() !== '' && selector.test(text.trim());
/** What a rule has recorded, by the convention for its name, has a fresh time even when nothing is measured any more. */
const isRecorded = (text: string) => text.includes(':') && /^[^{]*:/.test(text.trim());
/** Some sources answer in whole seconds. */
const coarseMs = 1_000;
/** Prometheus answers no more points than this. */
const maxPoints = 11_000;
/** A query is shown as far as this; the plan has it whole. */
const maxQueryLength = 300;

const schema = z
  .strictObject({
    prometheus: urlSchema
      .refine((text) => !/[?#]/.test(text), 'write the address before /api/v1, without ? and #')
      .meta(means('The source: what comes before `/api/v1/query`', 'http://prometheus.shop.example:9090')),
    query: z
      .string()
      .min(1)
      .max(2000)
      .meta(means('What is asked, in PromQL; it answers one series', 'shop_error_ratio{slot="${slot.idle.name}"}')),
    range: durationSchema
      .optional()
      .meta(means('With `step` the values of so long a time are evaluated; absent: the value now', '5m')),
    step: durationSchema.optional().meta(means('The time between two values of a range', '15s')),
    min: z.number().optional().meta(means('The smallest that passes', 1)),
    max: z.number().optional().meta(means('The greatest that passes', 0.02)),
    minimumSamples: z
      .int()
      .min(1)
      .max(maxPoints)
      .optional()
      .meta(means('How many values a range must have; absent: all but one', 10)),
    samplesOf: z
      .string()
      .max(500)
      .refine(isSelector, 'write one selector, such as requests_total{job="shop"}')
      .optional()
      .meta(
        means(
          'The series whose samples must be fresh; needed where the query is more than a selector, since what a function answers bears the time of the question',
          'requests_total{job="shop"}',
        ),
      ),
    maxAge: durationSchema.prefault(usualMaxAge).meta(means('How old its newest sample may be')),
    headers: headersSchema.optional(),
  })
  .superRefine(({ range, step, query, samplesOf, minimumSamples, maxAge, ...limits }, context) => {
    const fault = (key: string | null, message: string) =>
      context.addIssue({ code: 'custom', path: key === null ? [] : [key], message });
    const limit = limitsFault(limits);
    if (limit) fault(limit.key, limit.why);
    if (samplesOf === undefined && (!isSelector(query) || isRecorded(query)))
      fault(
        'samplesOf',
        'name the series whose samples must be fresh: what a function or a recording rule answers bears a time of its own',
      );
    if (range === undefined || step === undefined) {
      if (range !== step) fault(range === undefined ? 'range' : 'step', 'range and step stand together');
      if (minimumSamples !== undefined) fault('minimumSamples', 'it counts the points of a range: give range and step');
      return;
    }
    const points = pointsIn(range, step);
    if (range < step) fault('range', 'it can never be measured: the range is shorter than its step');
    if (points > maxPoints) fault('step', `a range has ${maxPoints} points at most`);
    if ((minimumSamples ?? 1) > points) fault('minimumSamples', `it can never pass: the range has ${points} points`);
    if (maxAge < step) fault('maxAge', 'it can hardly pass: samples may be no older than less than one step');
  });
type Spec = z.infer<typeof schema>;

type Seen = Pick<Measurement, 'verdict' | 'summary' | 'observed'>;
const seen = (verdict: Seen['verdict'], summary: string, observed: JsonObject = {}): Seen => ({
  verdict,
  summary,
  observed,
});

/**
 * Asks a source of metrics that speaks Prometheus' HTTP API. `passed` and `failed` are for one series of finite numbers,
 * enough of them, fresh by the source's clock and by ours; anything else that was answered is `inconclusive`, and what
 * could not be asked is `error`.
 */
export const prometheusCheck: CheckAdapter<Spec> = {
  kind: 'prometheus',
  schema,
  traits: ['metrics-source'],
  expects(spec) {
    const { prometheus = null, query } = spec;
    const shown = Array.from(typeof query === 'string' ? query : '');
    const text = shown.length > maxQueryLength ? `${shown.slice(0, maxQueryLength).join('')}…` : shown.join('');
    const limits = `${describeLimits(spec)} at ${word(prometheus)} for ${text}`;
    return { answer: [], numbers: [limits, ...describeSamples(spec)] };
  },
  async measure(spec, context) {
    const startedAt = now();
    const began = performance.now();
    const { verdict, summary, observed } = await askSource(spec, context);
    const tookMs = performance.now() - began;
    const shown = context.secrets.mask(summary).slice(0, 300).toWellFormed();
    return { verdict, summary: shown, observed, startedAt, endedAt: now(), tookMs };
  },
};

async function askSource(spec: Spec, context: AdapterContext): Promise<Seen> {
  const source = { url: spec.prometheus, headers: spec.headers };
  const began = performance.now();
  const left = () => ({ ...context, timeoutMs: Math.floor(context.timeoutMs - (performance.now() - began)) });
  const from = Date.now();
  const samplesOf = (spec.samplesOf ?? spec.query).trim();
  // Asked without a time, so that the source answers by its own clock. The oldest of the series counts.
  const age = await askInstant(source, `min(timestamp(${samplesOf}))`, null, left());
  if ('verdict' in age) return seen(age.verdict, `${samplesOf.slice(0, 120)}: ${age.summary}`);
  const to = Date.now();
  const [sample] = age.points;
  if (!sample) return seen('inconclusive', 'no data');
  const clock = clockFault(sample.atMs, from, to);
  if (clock !== null) return seen('inconclusive', clock);
  const sampledAtMs = sample.value * 1000;
  const ageMs = Math.round(Math.max(sample.atMs - sampledAtMs, from - sampledAtMs));
  if (sampledAtMs > sample.atMs + coarseMs)
    return seen('inconclusive', 'its samples are of a time that is still to come');
  if (ageMs > spec.maxAge) return seen('inconclusive', `samples are ${formatDuration(ageMs)} old`, { ageMs });
  const { query, range, step } = spec;
  const answer =
    range === undefined || step === undefined
      ? await askInstant(source, query, sample.atMs, left())
      : await askRange(source, query, { endMs: sample.atMs, rangeMs: range, stepMs: step }, left());
  return 'verdict' in answer ? seen(answer.verdict, answer.summary) : evaluate(spec, answer.points, sample.atMs, ageMs);
}

function evaluate(spec: Spec, points: readonly Point[], endMs: number, ageMs: number): Seen {
  const { range = 0, step = 0, maxAge } = spec;
  // Some sources move the ends of a range to a whole number of steps.
  const isStray = ({ atMs }: Point) => atMs < endMs - range - step - coarseMs || atMs > endMs + step + coarseMs;
  if (points.some(isStray)) return seen('error', 'the answer is for another time than the one that was asked for');
  const numbers = points.map(({ value }) => value);
  const [lowest, highest] = [Math.min(...numbers), Math.max(...numbers)];
  const last = points.at(-1) ?? { atMs: 0, value: 0 };
  const observed = {
    last: last.value,
    ...(range > 0 ? { lowest, highest, samples: points.length } : {}),
    at: new Date(endMs).toISOString(),
    ageMs,
  };
  const short = (value: number) => shortened(value, spec);
  const many = range > 0 ? `${short(lowest)} to ${short(highest)}, ${points.length} samples` : short(last.value);
  const words = `${many}, ${formatDuration(Math.max(0, ageMs))} old`;
  if (endMs - last.atMs > maxAge)
    return seen('inconclusive', `${words}: the newest is ${formatDuration(endMs - last.atMs)} old`, observed);
  const fewest = spec.minimumSamples ?? (range > 0 ? usualMinimumSamples(range, step) : 1);
  if (points.length < fewest) return seen('inconclusive', `${words}: fewer than ${fewest} samples`, observed);
  const broken = brokenLimit(lowest, spec) ?? brokenLimit(highest, spec);
  return broken === null ? seen('passed', words, observed) : seen('failed', `${words}: ${broken}`, observed);
}
