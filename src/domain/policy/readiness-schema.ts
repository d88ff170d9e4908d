import { z } from 'zod';
import { durationSchema } from '../base/duration-schema.ts';
import { means } from '../base/means.ts';
import { nameSchema } from '../base/text-schemas.ts';
import { roleOf } from './readiness.ts';

/** Who confirms readiness before a change: a role whose people acknowledge it, or one on call by schedule (`onCall`). */
export const readinessSchema = z.strictObject({
  roles: z
    .array(
      z.union(
        [
          nameSchema,
          z.strictObject({
            role: nameSchema.meta(means('The role', 'support')),
            onCall: z.literal(true).meta(means('Whoever is on call by schedule has it')),
          }),
        ],
        'name a role, or write { role: …, onCall: true } for one that is on call by schedule',
      ),
    )
    .min(1)
    .max(10)
    .refine((roles) => new Set(roles.map(roleOf)).size === roles.length, 'name each role once')
    .meta(means('Roles of which somebody acknowledges that they are ready', ['support'])),
  within: durationSchema.meta(means('How long they may take, else the request is rejected', '8h')),
});
