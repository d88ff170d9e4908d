import { z } from 'zod';
import { addFault } from '../base/issues.ts';
import { freeTextSchema, nameSchema, subjectSchema } from '../base/names.ts';
import { issuerOf, originClaims } from './pipelines.ts';

export const personSchema = z.strictObject({
  subject: subjectSchema,
  name: freeTextSchema(100),
  roles: z.array(nameSchema).max(20),
  aliases: z
    .array(z.string().regex(/^[A-Za-z0-9._~:/@|+=,-]{1,250}$/))
    .max(20)
    .default([]),
});
export type Person = z.infer<typeof personSchema>;

const claimValue = z.union([freeTextSchema(500), z.boolean(), z.int()]);

export const robotSchema = z
  .strictObject({
    subject: subjectSchema,
    name: freeTextSchema(100),
    may: z.array(z.enum(['submit-evidence', 'request'])).max(5),
    /** Those it may act for; absent: every one. */
    services: z.array(nameSchema).min(1).max(200).optional(),
    /** What a token of the issuer in `subject` says of the runs that are this robot; absent: it is known by key or subject. */
    claims: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/), claimValue).optional(),
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
