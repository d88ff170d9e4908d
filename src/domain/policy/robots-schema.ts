import { z } from 'zod';
import { addFault } from '../base/issues.ts';
import { means } from '../base/means.ts';
import { freeTextSchema, nameSchema, subjectSchema } from '../base/text-schemas.ts';
import { issuerOf, originClaims } from './pipelines.ts';

const claimValue = z.union([freeTextSchema(500), z.boolean(), z.int()]);

/** A robot of the policy: what it may do, for which services, and how it is known. */
export const robotSchema = z
  .strictObject({
    subject: subjectSchema.meta(means('Whose key it is; of one with `claims` `oidc:<issuer>|<name>`', 'key:ci-shop')),
    name: freeTextSchema(100).meta(means('How records call it', 'CI of shop')),
    may: z
      .array(z.enum(['submit-evidence', 'request']))
      .max(5)
      .meta(means('What it may do', ['submit-evidence', 'request'])),
    services: z
      .array(nameSchema)
      .min(1)
      .max(200)
      .optional()
      .meta(means('Those it may request for and whose evidence it vouches for; absent: every one', ['shop'])),
    claims: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/), claimValue)
      .optional()
      .meta(
        means(
          'What its CI says of the runs that are this robot, in a token that the CI signs; absent: it is known by a key, or as a subject',
          { repository: 'shop/shop', ref: 'refs/heads/main' },
        ),
      ),
  })
  .superRefine(({ subject, claims }, context) => {
    if (claims === undefined) return;
    if (!isIssuer(issuerOf(subject)))
      addFault(context, 'a robot with claims is written oidc:<issuer>|<name>, the issuer with https', ['subject']);
    if (!originClaims.some((name) => Object.hasOwn(claims, name)))
      addFault(context, `anybody's run could have these: name one of ${originClaims.join(', ')}`, ['claims']);
  });
export type Robot = z.infer<typeof robotSchema>;

/** Whether tokens of an issuer can be trusted: in the clear on loopback only. */
function isIssuer(issuer: string | null): boolean {
  if (issuer === null || !URL.canParse(issuer)) return false;
  const { protocol, hostname, username, password } = new URL(issuer);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1'].includes(hostname));
}
