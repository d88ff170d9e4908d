import { z } from 'zod';
import { means } from '../../domain/base/means.ts';
import { releaseSchema } from '../../domain/base/text-schemas.ts';
import type { CheckAdapter } from '../../domain/kinds/adapter.ts';
import { word } from '../../domain/kinds/describe.ts';
import { now } from '../clock.ts';
import type { Answer } from '../http/exchange.ts';
import { send } from '../http/send.ts';
import { expectedStatus, headersSchema, isWanted, statusSchema, urlSchema } from '../http/specs.ts';

const schema = z.strictObject({
  availability: urlSchema.meta(means('The address at which users find the service', 'https://shop.example/')),
  rate: z.int().min(1).max(100).default(10).meta(means('Probes a second; also how many make a window', 20)),
  releaseHeader: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,60}$/)
    .default('x-release')
    .meta(means('The header by which an answer names its release')),
  headers: headersSchema.optional(),
  status: statusSchema.optional(),
});

/** Probes a public address as a user would. Whatever a user would not call an answer is `failed`, silence included. */
export const availabilityCheck: CheckAdapter<z.infer<typeof schema>> = {
  kind: 'availability',
  schema,
  traits: ['availability'],
  expects: ({ rate, ...spec }) => ({
    answer: [expectedStatus(spec), ...(rate === undefined ? [] : [`at ${word(rate)}/s`])],
    numbers: [],
  }),
  // For a user who waits it does not matter which side is late.
  whenLate: 'failed',
  // Kept on the beat, whatever the answers take, by `sampling/watched-check`.
  pace: ({ rate }) => ({ intervalMs: 1000 / rate, windowSize: rate }),
  async measure({ availability, releaseHeader, headers, status: wanted }, context) {
    const startedAt = now();
    const answer = await send({ url: availability, method: 'GET', headers }, context);
    const timed = { startedAt, endedAt: now() };
    const nameIn = (answered: Answer['headers']) => {
      const name = releaseSchema.safeParse(answered[releaseHeader.toLowerCase()]);
      return name.success && context.secrets.mask(name.data) === name.data ? name.data : 'unnamed';
    };
    if (answer.kind === 'no-answer') {
      const verdict = answer.why === 'cancelled' || answer.why === 'address-refused' ? 'error' : 'failed';
      const answeredBy = answer.headers ? nameIn(answer.headers) : 'nobody';
      return { ...timed, verdict, summary: answer.summary, observed: {}, answeredBy };
    }
    const { status, ms } = answer;
    return {
      ...timed,
      verdict: isWanted(status, wanted) && !answer.isTooLarge ? 'passed' : 'failed',
      summary: `${status} in ${ms} ms`,
      observed: { status, ms },
      tookMs: ms,
      answeredBy: nameIn(answer.headers),
    };
  },
};
