import { z } from 'zod';
import { messageNames } from '../domain/messages/messages.ts';
import type { RefusedMessage } from '../domain/messages/refused.ts';
import { proofSchema } from '../domain/messages/schemas.ts';
import { timeSchema } from './common.ts';
import { answer, answerOf } from './describe.ts';
import { statusSchema } from './status.ts';

/** For a message that was taken while its effect could not be read. */
const takenSchema = answer(
  'Heard',
  'A message was taken; the status could not be read in time',
  z.object({ id: z.string(), workflowId: z.string(), number: z.int(), seq: z.int() }),
);
export const afterMessageSchema = z.union([statusSchema, takenSchema]);

/** The answer to `?send=false`. */
export const vouchedMessageSchema = answer(
  'VouchedMessage',
  'The argument with its proof, to be sent as a Temporal signal or update',
  z.looseObject({ by: z.string(), proof: proofSchema.optional() }),
);

const refusedMessageSchema = answerOf<RefusedMessage>()(
  'RefusedMessage',
  'A message that was refused a person or robot, as often as it was',
  z.object({
    message: z.enum(messageNames),
    by: z.string(),
    code: z.string() as unknown as z.ZodType<RefusedMessage['code']>,
    detail: z.string(),
    times: z.int(),
    firstAt: timeSchema,
    lastAt: timeSchema,
  }),
);
export const refusedMessagesSchema = answer(
  'RefusedMessages',
  'What was refused of a deployment, the first refused first',
  z.object({ items: z.array(refusedMessageSchema) }),
);
