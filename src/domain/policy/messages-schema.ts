import { z } from 'zod';
import { means } from '../base/means.ts';

/** `messages` of an environment: those without the API's proof are refused where the policy does not say otherwise. */
export const messagesSchema = z
  .strictObject({
    unsigned: z
      .enum(['refuse', 'accept'])
      .meta(means("What becomes of messages that reach the workflow without the API's proof")),
  })
  .prefault({ unsigned: 'refuse' });
