import { z } from 'zod';
import type { ActionAdapter, ActionOutcome } from '../../domain/adapters.ts';
import { now } from '../clock.ts';
import { answerLimitBytes, send } from '../http/send.ts';
import { headersSchema, isWanted, statusSchema, urlSchema } from '../http/specs.ts';

const schema = z.strictObject({
  http: urlSchema,
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).default('POST'),
  headers: headersSchema.optional(),
  body: z.json().optional(),
  status: statusSchema.optional(),
});

/**
 * Sends a request. A wanted status completes it, another one is the other side's word that it failed. Where nothing was
 * sent it has failed; where the answer never came, nobody can say.
 */
export const httpAction: ActionAdapter<z.infer<typeof schema>> = {
  kind: 'http',
  schema,
  async run(spec, context) {
    const startedAt = now();
    const answer = await send({ ...spec, url: spec.http }, context);
    const end = (kind: ActionOutcome['kind'], summary: string, observed: ActionOutcome['observed']): ActionOutcome => ({
      kind,
      summary: context.secrets.mask(summary),
      observed,
      startedAt,
      endedAt: now(),
      ...(answer.kind === 'answer' ? { tookMs: answer.ms } : {}),
    });
    if (answer.kind === 'no-answer') return end(answer.sent === 'before' ? 'failed' : 'unknown', answer.summary, {});
    const { status, ms, body, digest, isTooLarge } = answer;
    const observed = { status, ms, bytes: body.length, digest };
    if (isTooLarge) return end('failed', `${status}, an answer larger than ${answerLimitBytes} bytes`, observed);
    return end(isWanted(status, spec.status) ? 'completed' : 'failed', `${status}`, observed);
  },
};
