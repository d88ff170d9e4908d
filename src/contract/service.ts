import { z } from 'zod';
import { scopes } from '../domain/trust/api-keys.ts';
import { subjectFields, timeSchema } from './common.ts';
import { answer } from './describe.ts';
import { policyFaultSchema } from './policy.ts';

/** Of every answer: the version of Gantry that gives it. */
export const versionHeader = 'gantry-version';

export const aliveSchema = answer(
  'Alive',
  'The process lives',
  z.object({ status: z.literal('ok').describe('The state') }),
);

const fault = z.string().nullable().describe('Null: none');
export const readySchema = answer(
  'Ready',
  'The process can work; what is wrong all the same stands in the faults',
  z.object({
    status: z.literal('ready').describe('The state'),
    policy: z
      .object({
        digest: z.string().describe('Its digest'),
        fault: policyFaultSchema,
      })
      .describe('The policy that counts'),
    store: z.object({ fault }).describe('Whether the store answers'),
    commands: z.object({ fault }).optional().describe('Whether commands run as the policy asks for'),
    timeZoneData: z
      .object({
        version: z.string().describe('Its version'),
        isOld: z.boolean().describe('Whether it is older than a year'),
      })
      .describe('By what times of zones are worked out'),
  }),
);

const alertSchema = answer(
  'Alert',
  'What was tried past the API, or does not move',
  z.object({
    at: timeSchema.describe('When'),
    target: z.string().describe('The target: `<service>/<environment>`'),
    code: z.string().describe('The code of the error'),
    detail: z.string().describe('What was found'),
    worker: z.string().describe('Which worker found it'),
  }),
);
export const alertsSchema = answer(
  'Alerts',
  'The newest first',
  z.object({ items: z.array(alertSchema).describe('Each of them') }),
);

export const identityProviderSchema = answer(
  'IdentityProvider',
  'How the command line logs people in',
  z.object({
    provider: z
      .object({
        issuer: z.string().describe('An OpenID provider'),
        clientId: z.string().describe('What it knows the command line as: a public client'),
        audience: z.string().describe('Whom its access tokens have to be meant for'),
      })
      .nullable()
      .describe('Null: by a key only'),
  }),
);

export const callerSchema = answer(
  'Caller',
  'Who asks, as the policy knows them',
  z.object({
    ...subjectFields,
    kind: z.enum(['person', 'robot']).describe('A person or a robot'),
    roles: z.array(z.string()).describe('Of a person, at large: for one service they may have others'),
    may: z.array(z.string()).describe('Of a robot'),
    services: z.array(z.string()).nullable().describe('Those that a robot may act for; null: every one'),
    credential: z
      .object({
        kind: z.enum(['key', 'session', 'token']).describe('Of Gantry, of a browser, or of an identity provider'),
        id: z.string().nullable().describe('What a key is revoked by; null: a token'),
        scopes: z.array(z.enum(scopes)).nullable().describe('What it is limited to; null: nothing'),
        expiresAt: timeSchema.nullable().describe('Null: never'),
      })
      .describe('What the request came with, and until when that counts'),
  }),
);
