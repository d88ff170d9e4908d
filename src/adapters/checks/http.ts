import { z } from 'zod';
import { type Json, type JsonObject, parseJson } from '../../domain/base/json.ts';
import { means } from '../../domain/base/means.ts';
import type { CheckAdapter, Measurement } from '../../domain/kinds/adapter.ts';
import { word } from '../../domain/kinds/describe.ts';
import { describeLimits, limitsFault } from '../../domain/kinds/measured-numbers.ts';
import { now } from '../clock.ts';
import { answerLimitBytes } from '../http/answer-limit.ts';
import type { Answer } from '../http/exchange.ts';
import { observedOf } from '../http/observed.ts';
import { examine, maskAll, named } from '../http/pointers.ts';
import { send } from '../http/send.ts';
import { expectedStatus, headersSchema, isWanted, statuses, statusSchema, urlSchema } from '../http/specs.ts';
import { literal } from '../secrets.ts';

const pointerSchema = z.string().regex(/^(\/([^/~]|~[01])*)*$/, 'write a JSON pointer such as /release');
const isShort = (pointers: object) => Object.keys(pointers).length <= 20;
/** Beyond this a number in JSON is no longer the one that was written. */
const exact = z.number().min(Number.MIN_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER);
const limitsShape = z.strictObject(
  {
    min: exact.optional().meta(means('The smallest that passes', 1)),
    max: exact.optional().meta(means('The greatest that passes', 5)),
  },
  {
    error: ({ code, input }) =>
      code === 'invalid_type' && input !== undefined
        ? `write limits, such as { max: 5 }; what has to be one value stands in json`
        : undefined,
  },
);
const limitsSchema = limitsShape.superRefine((limits, context) => {
  const fault = limitsFault(limits);
  if (fault) context.addIssue({ code: 'custom', path: fault.key === null ? [] : [fault.key], message: fault.why });
});

const schema = z
  .strictObject({
    http: urlSchema.meta(means('The address that is asked', 'http://127.0.0.1:4001/version')),
    method: z.enum(['GET', 'HEAD', 'POST']).default('GET').meta(means('How it is asked')),
    headers: headersSchema.optional(),
    body: z
      .json()
      .optional()
      .meta(means('What is sent, as JSON', { query: 'health' })),
    status: statusSchema.optional(),
    json: z
      .record(pointerSchema, z.json())
      .refine(isShort, 'at most 20 pointers')
      .meta({ maxProperties: 20 })
      .optional()
      .meta(means('Values that must stand at JSON pointers of the answer', { '/release': '${release}' })),
    number: z
      .record(pointerSchema, limitsSchema)
      .refine(isShort, 'at most 20 pointers')
      .refine((wanted) => Object.keys(wanted).length > 0, 'name a pointer, or it can never fail')
      .meta({ minProperties: 1, maxProperties: 20 })
      .optional()
      .meta(means('Numbers that must stand there, and their limits', { '/errorPercent': { max: 1 } })),
    absent: statusSchema
      .optional()
      .meta(means('In `done`: statuses by which it says that the effect is not there', 404)),
  })
  .refine(({ status, absent }) => !statuses(absent).some((one) => isWanted(one, status)), {
    path: ['absent'],
    message: 'a status that passes says no absence',
  })
  .refine(({ method, json, number }) => method !== 'HEAD' || (json ?? number) === undefined, {
    path: ['method'],
    message: 'it can never pass: an answer to HEAD has no body to look into',
  });
type Spec = z.infer<typeof schema>;

/**
 * Asks and compares. An unexpected answer or a refused connection is `failed`; no way to ask or no answer is `error`; an
 * answer that has no number where one is to be evaluated is `inconclusive`.
 */
export const httpCheck: CheckAdapter<Spec> = {
  kind: 'http',
  schema,
  expects(spec) {
    const { json = {}, number = {} } = spec as {
      json?: JsonObject;
      number?: { readonly [pointer: string]: JsonObject };
    };
    const values = Object.entries(json).map(([pointer, value]) => `${pointer} = ${word(value)}`);
    const numbers = Object.entries(number).map(([pointer, limits]) => `${pointer} ${describeLimits(limits)}`);
    return { answer: [expectedStatus(spec), ...values], numbers };
  },
  async measure(spec, context) {
    const startedAt = now();
    const answer = await send({ ...spec, url: spec.http }, context);
    const end = (verdict: Measurement['verdict'], summary: string, observed: JsonObject): Measurement => ({
      verdict,
      summary: context.secrets.mask(summary),
      observed: maskAll(observed, (text) => context.secrets.mask(text)),
      startedAt,
      endedAt: now(),
    });
    if (answer.kind === 'no-answer') return end(answer.why === 'refused' ? 'failed' : 'error', answer.summary, {});
    return { ...evaluate(spec, answer, end, (text) => context.secrets.mask(text)), tookMs: answer.ms };
  },
};

function evaluate(
  { status: wanted, json, number = {}, absent }: Spec,
  answer: Answer,
  end: (verdict: Measurement['verdict'], summary: string, observed: JsonObject) => Measurement,
  mask: (text: string) => string,
): Measurement {
  const { status, ms, body, isTooLarge } = answer;
  const observed = observedOf(answer);
  if (statuses(absent).includes(status))
    return { ...end('failed', `${status} in ${ms} ms: absent`, observed), readBack: 'not-done' };
  if (isTooLarge) return end('failed', `${status}, an answer larger than ${answerLimitBytes} bytes`, observed);
  if (!isWanted(status, wanted)) return end('failed', `${status} in ${ms} ms`, observed);
  if (!json && Object.keys(number).length === 0) return end('passed', `${status} in ${ms} ms`, observed);
  const parsed = parseJson(body.toString('utf8')) as Json | undefined;
  if (parsed === undefined) return end('failed', `${status}, the answer is not JSON`, observed);
  const { seen, fault, unmeasured, differs } = examine(parsed, { json: literal(json ?? {}), number }, mask);
  const shown = { ...observed, ...seen };
  if (fault !== null)
    return { ...end('failed', `${status}, ${fault}`, shown), ...(differs ? { readBack: 'not-done' } : {}) };
  if (unmeasured !== null) return end('inconclusive', `${status}, ${unmeasured}`, shown);
  const values = Object.keys(number).map((pointer) => `, ${named(pointer)} is ${seen[pointer]}`);
  return end('passed', `${status} in ${ms} ms${values.join('').slice(0, 240)}`, shown);
}
