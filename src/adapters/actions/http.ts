import { z } from 'zod';
import { means } from '../../domain/base/means.ts';
import type { ActionAdapter, ActionOutcome } from '../../domain/kinds/adapter.ts';
import { now } from '../clock.ts';
import { answerLimitBytes } from '../http/answer-limit.ts';
import { observedOf } from '../http/observed.ts';
import { send } from '../http/send.ts';
import { headersSchema, isWanted, statusSchema, urlSchema } from '../http/specs.ts';

const schema = z.strictObject({
  http: urlSchema.meta(means('The address that is asked', 'http://127.0.0.1:4000/route')),
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).default('POST').meta(means('How it is asked', 'PUT')),
  headers: headersSchema.optional(),
  body: z
    .json()
    .optional()
    .meta(means('What is sent, as JSON', { slot: 'blue' })),
  status: statusSchema.optional(),
});

/** Answers of a gateway that got none from the server behind it, which may have acted, or may still act. */
const ofGateway = new Set([502, 504]);

/**
 * Sends a request. A wanted status is `completed`, another one `failed`. Where nothing was sent nothing has happened;
 * where the server's own answer is missing or incomplete the outcome is `unknown`.
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
    if (answer.kind === 'no-answer')
      return end(answer.sent === 'before' ? 'not-started' : 'unknown', answer.summary, {});
    const { status, isTooLarge } = answer;
    const observed = observedOf(answer);
    const outcome = isWanted(status, spec.status) ? 'completed' : ofGateway.has(status) ? 'unknown' : 'failed';
    if (isTooLarge)
      return end(
        outcome === 'completed' ? 'unknown' : outcome,
        `${status}, an answer larger than ${answerLimitBytes} bytes`,
        observed,
      );
    return end(outcome, `${status}`, observed);
  },
};
