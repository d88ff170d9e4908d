import { z } from 'zod';
import { means } from '../base/means.ts';
import { nameSchema } from '../base/text-schemas.ts';

export const whoSchema = z.string().regex(/^[A-Za-z0-9._~:/@|+=,-]{1,250}$/, 'write a subject or an alias of a person');

/** Rules for a single service, beside those of the environments. */
export const serviceSchema = z.strictObject({
  owners: z
    .array(whoSchema, {
      error: ({ input }) =>
        input === undefined ? 'is missing: name its owners, who alone have the role service-owner for it' : undefined,
    })
    .min(1, 'a service has an owner')
    .max(50)
    .meta(means('They have the role `service-owner` for it, and nobody else has', ['key:alice', 'group:shop'])),
  requesters: z
    .array(whoSchema)
    .min(1)
    .max(200)
    .optional()
    .meta(means('The people who may request for it; absent: everybody. Robots: by their own `services`', ['key:dan'])),
  procedures: z
    .array(nameSchema)
    .min(1)
    .max(50)
    .optional()
    .meta(means('The procedures that may deploy it; absent: all', ['shop-blue-green'])),
});
type ServiceRules = z.infer<typeof serviceSchema>;

/** What is wrong at a place of a document. */
export interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Unknown people, and what stands twice, also by two names. `subjectOf`: a person's own, undefined for an unknown one. */
export function serviceFaults(
  services: Readonly<Record<string, ServiceRules>>,
  subjectOf: (name: string) => string | undefined,
): readonly Fault[] {
  return Object.entries(services).flatMap(([service, rules]) => [
    ...peopleFaults(rules.owners, [service, 'owners'], subjectOf),
    ...peopleFaults(rules.requesters ?? [], [service, 'requesters'], subjectOf),
    ...repeated(rules.procedures ?? [], [service, 'procedures']),
  ]);
}

/** Unknown people, and people who stand twice, also by two names. */
export function peopleFaults(
  names: readonly string[],
  at: readonly PropertyKey[],
  subjectOf: (name: string) => string | undefined,
): readonly Fault[] {
  const subjects = names.map((name) => subjectOf(name) ?? name);
  const unknown = names.flatMap((name, i) =>
    subjectOf(name) === undefined ? [{ path: [...at, i], message: `the policy knows no person ${name}` }] : [],
  );
  return [...unknown, ...repeated(subjects, at)];
}

function repeated(names: readonly string[], at: readonly PropertyKey[]): readonly Fault[] {
  return names.flatMap((name, i) =>
    names.indexOf(name) < i ? [{ path: [...at, i], message: `${name} stands here already` }] : [],
  );
}
