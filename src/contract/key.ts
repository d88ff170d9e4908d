import { z } from 'zod';
import { answer } from './describe.ts';

export const trustedKeysSchema = answer(
  'TrustedKeys',
  'The keys of APIs, as workers trust them: under each stand plans that were sealed and messages that were vouched for',
  z.object({
    items: z
      .array(z.object({ id: z.string().describe('The id of the key'), publicKey: z.string().describe('ed25519, hex') }))
      .describe('The newest is the last'),
  }),
);
