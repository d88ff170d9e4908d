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
  z.object({
    id: z.string().describe('Its id: `<service>.<environment>.<number>`'),
    workflowId: z.string().describe('The id of its workflow in Temporal'),
    number: z.int().describe('Which deployment of its target it is, from 1'),
    seq: z.int().describe('The number of the last entry of its journal'),
  }),
);
export const afterMessageSchema = z.union([statusSchema, takenSchema]);

/** The answer to `?send=false`. */
export const vouchedMessageSchema = answer(
  'VouchedMessage',
  'The argument with its proof, to be sent as a Temporal signal or update',
  z.looseObject({
    by: z.string().describe('Who'),
    proof: proofSchema.optional().describe("The API's word for who says it"),
  }),
);

const refusedMessageSchema = answerOf<RefusedMessage>()(
  'RefusedMessage',
  'A message that was refused a person or robot, as often as it was',
  z.object({
    message: z.enum(messageNames).describe('The message'),
    by: z.string().describe('Who'),
    code: z.string().describe('The code of the error') as unknown as z.ZodType<RefusedMessage['code']>,
    detail: z.string().describe('What is wrong, in a sentence'),
    times: z.int().describe('How often'),
    firstAt: timeSchema.describe('When at first'),
    lastAt: timeSchema.describe('When at last'),
  }),
);
export const refusedMessagesSchema = answer(
  'RefusedMessages',
  'What was refused of a deployment, the first refused first',
  z.object({ items: z.array(refusedMessageSchema).describe('Each of them') }),
);
