import { z } from 'zod';
import type { CheckAdapter, JsonObject, Measurement } from '../../domain/adapters.ts';
import { now } from '../clock.ts';
import { compare, maskAll } from '../http/pointers.ts';
import { type Answer, answerLimitBytes, send } from '../http/send.ts';
import { headersSchema, isWanted, statuses, statusSchema, urlSchema } from '../http/specs.ts';
import { literal } from '../secrets.ts';

const schema = z
  .strictObject({
    http: urlSchema,
    method: z.enum(['GET', 'HEAD', 'POST']).default('GET'),
    headers: headersSchema.optional(),
    body: z.json().optional(),
    status: statusSchema.optional(),
    /** Values that must stand at JSON pointers of the answer. */
    json: z
      .record(z.string().regex(/^(\/([^/~]|~[01])*)+$/, 'write a JSON pointer such as /release'), z.json())
      .refine((expected) => Object.keys(expected).length <= 20, 'at most 20 pointers')
      .optional(),
    /** Of an effect that is read back: statuses that mean it is not there. */
    absent: statusSchema.optional(),
  })
  .refine(({ status, absent }) => !statuses(absent).some((one) => isWanted(one, status)), {
    path: ['absent'],
    message: 'a status that passes says no absence',
  });
type Spec = z.infer<typeof schema>;

/** Asks and compares. An unexpected answer or a refused connection is `failed`; no way to ask or no answer is `error`. */
export const httpCheck: CheckAdapter<Spec> = {
  kind: 'http',
  schema,
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
    return { ...judge(spec, answer, end, (text) => context.secrets.mask(text)), tookMs: answer.ms };
  },
};

function judge(
  { status: wanted, json, absent }: Spec,
  { status, ms, body, digest, isTooLarge }: Answer,
  end: (verdict: Measurement['verdict'], summary: string, observed: JsonObject) => Measurement,
  mask: (text: string) => string,
): Measurement {
  const observed = { status, ms, bytes: body.length, digest };
  if (statuses(absent).includes(status))
    return { ...end('failed', `${status} in ${ms} ms: absent`, observed), readBack: 'not-done' };
  if (isTooLarge) return end('failed', `${status}, an answer larger than ${answerLimitBytes} bytes`, observed);
  if (!isWanted(status, wanted)) return end('failed', `${status} in ${ms} ms`, observed);
  if (!json) return end('passed', `${status} in ${ms} ms`, observed);
  const { seen, fault, differs } = compare(body, literal(json), mask);
  const shown = { ...observed, ...seen };
  if (fault === null) return end('passed', `${status} in ${ms} ms`, shown);
  return { ...end('failed', `${status}, ${fault}`, shown), ...(differs ? { readBack: 'not-done' } : {}) };
}
