import { z } from 'zod';
import { durationSchema } from '../base/duration-schema.ts';
import { addFault } from '../base/issues.ts';
import { digestSchema, nameSchema } from '../base/names.ts';
import { validationGroups } from '../base/validation-groups.ts';
import { emergencySchema } from './emergency-schema.ts';
import { comparedName, findPerson, findRobot } from './find-person.ts';
import { groupFaults, groupNamed, groupsSchema, withoutGroups } from './groups.ts';
import { personSchema, robotSchema } from './people.ts';
import { readinessRoles } from './readiness.ts';
import { readinessSchema } from './readiness-schema.ts';
import { rehearsalFaults } from './rehearsal.ts';
import { repositorySchema } from './repositories.ts';
import { serviceFaults, serviceSchema } from './services.ts';
import { signersSchema, trustedRootSchema } from './signers.ts';
import { stakeholdersSchema } from './stakeholders.ts';
import { standardSchema } from './standing-schema.ts';
import { windowsSchema } from './windows.ts';

const day = 86_400_000;
const hour = 3_600_000;

export const environmentSchema = z.strictObject({
  evidence: z
    .strictObject({
      maxAge: durationSchema,
      signers: signersSchema.optional(),
      trustedRoot: trustedRootSchema.optional(),
      /** `any`: a stage may begin before the stage before it has finished. */
      order: z.enum(['finishedOn', 'any']).default('finishedOn'),
    })
    .superRefine(({ signers = [], trustedRoot }, context) => {
      const i = signers.findIndex(({ algorithm }) => algorithm === 'sigstore');
      if (i >= 0 && trustedRoot === undefined)
        addFault(context, 'its certificates are verified by a trusted root: name its file in trustedRoot', [
          'signers',
          i,
          'sigstore',
        ]);
      if (i < 0 && trustedRoot !== undefined)
        addFault(context, 'no signer has an identity of Sigstore', ['trustedRoot']);
    }),
  /** A verified rollback of the same procedure in that environment, at most `maxAge` ago. Absent: not asked for. */
  rehearsal: z.strictObject({ maxAge: durationSchema, environment: nameSchema }).optional(),
  approvals: z.strictObject({
    expireAfter: durationSchema,
    rules: z
      .array(z.strictObject({ role: nameSchema, minimum: z.int().min(1).max(20) }))
      .min(1)
      .max(10)
      .refine((rules) => new Set(rules.map((rule) => rule.role)).size === rules.length, 'one rule a role'),
    exclude: z
      .array(z.enum(['requester', 'authors']))
      .refine(
        (who) => who.includes('requester') && who.includes('authors'),
        'requester and authors never approve: exclude both',
      )
      .default(['requester', 'authors']),
  }),
  windows: windowsSchema.optional(),
  readiness: readinessSchema.optional(),
  stakeholders: stakeholdersSchema,
  require: z
    .strictObject({
      validation: z.array(z.enum(validationGroups)).default(['smoke']),
      availability: z.boolean().default(true),
      artifactReadBack: z.boolean().default(true),
    })
    .prefault({}),
  messages: z.strictObject({ unsigned: z.enum(['refuse', 'accept']) }).prefault({ unsigned: 'refuse' }),
  /** `isolated`: commands of procedures run as a user of their own, who can reach nothing of the worker's, or not at all. */
  commands: z.enum(['isolated', 'any']).default('any'),
  monitoring: z.strictObject({ minimum: durationSchema }),
  operators: z.array(nameSchema).min(1).max(10).optional(),
  /** The longest times of each kind. */
  limits: z
    .strictObject({
      window: durationSchema.default(7 * day),
      target: durationSchema.default(day),
      executing: durationSchema.default(4 * hour),
      step: durationSchema.default(10 * 60_000),
      gate: durationSchema.default(4 * hour),
      manual: durationSchema.default(4 * hour),
      pause: durationSchema.default(4 * hour),
      monitoring: durationSchema.default(7 * day),
      store: durationSchema.default(30_000),
      notification: durationSchema.default(10 * 60_000),
    })
    .prefault({}),
  paging: z
    .strictObject({
      /** How long a page waits to be acknowledged before it goes to the next channel. */
      acknowledgeWithin: durationSchema
        .refine((ms) => ms >= 1_000 && ms <= day, 'a page waits between 1 s and 1 d')
        .default(5 * 60_000),
    })
    .prefault({}),
  emergency: emergencySchema.optional(),
  standard: standardSchema.optional(),
  procedures: z
    .strictObject({
      /** Whether a request may bring its procedure as a document. */
      inline: z.boolean().default(false),
      /** The procedures that are taken, by name or digest; absent: all that name this environment. */
      allow: z
        .array(z.union([nameSchema, digestSchema], 'write the name of a procedure, or its digest'))
        .min(1)
        .max(200)
        .optional(),
    })
    .prefault({}),
});
export type EnvironmentRules = z.infer<typeof environmentSchema>;
/** In milliseconds. */
export type Limits = Readonly<EnvironmentRules['limits']>;

/** A policy part by part. What its parts say of one another is for {@link policySchema}. */
export const policyShape = z.strictObject({
  gantry: z.literal(1),
  people: z.array(personSchema).min(1).max(500),
  robots: z.array(robotSchema).max(100).default([]),
  groups: groupsSchema.optional(),
  services: z.record(nameSchema, serviceSchema).default({}),
  /**
   * Whether a request may create a target of a service that `services` does not name and that was not adopted; absent:
   * refused where any service is named.
   */
  unknownServices: z.enum(['refuse', 'accept']).optional(),
  /** Where procedures may have documents; no credential stands here, only the name of its secret. */
  repositories: z.record(nameSchema, repositorySchema).default({}),
  /** Whether a change may name authors whom the policy does not know, and so cannot keep from approving it. */
  unknownAuthors: z.enum(['refuse', 'accept']).default('refuse'),
  /** What kinds of notifiers need beside the addresses of stakeholders, such as a mail server. */
  notifiers: z.record(nameSchema, z.record(z.string(), z.json())).default({}),
  environments: z
    .record(nameSchema, environmentSchema)
    .refine((environments) => Object.keys(environments).length > 0, 'name at least one environment'),
});

/** The platform's rules as people write them: people and what is required, never steps. One file on the server. */
export const policyDocumentSchema = policyShape.superRefine((policy, context) => {
  const seen = new Set<string>();
  const once = (name: string, path: PropertyKey[]) => {
    const compared = comparedName(name);
    if (seen.has(compared)) addFault(context, `${name} stands for somebody already`, path);
    seen.add(compared);
  };
  policy.people.forEach((person, i) => {
    once(person.subject, ['people', i, 'subject']);
    person.aliases.forEach((alias, j) => once(alias, ['people', i, 'aliases', j]));
  });
  policy.robots.forEach((robot, i) => once(robot.subject, ['robots', i, 'subject']));
  for (const { path, message } of groupFaults(policy)) addFault(context, message, path);
  // A group stands once among owners, as a person does.
  const subjectOf = (name: string) =>
    groupNamed(policy.groups ?? {}, name) ? name : findPerson(policy.people, name)?.subject;
  for (const { path, message } of serviceFaults(policy.services, subjectOf))
    addFault(context, message, ['services', ...path]);
  for (const { path, message } of rehearsalFaults(policy.environments))
    addFault(context, message, ['environments', ...path]);
  const groups = Object.values(policy.groups ?? {});
  const held = new Set([...policy.people, ...groups].flatMap(({ roles }) => roles));
  if (Object.keys(policy.services).length > 0) held.add('service-owner');
  for (const [name, rules] of Object.entries(policy.environments)) {
    const wanted = [
      ...rules.approvals.rules.map((rule, i) => ({ role: rule.role, path: ['approvals', 'rules', i, 'role'] })),
      ...readinessRoles(rules.readiness).map((role, i) => ({ role, path: ['readiness', 'roles', i] })),
      ...(rules.emergency ? [{ role: rules.emergency.role, path: ['emergency', 'role'] }] : []),
      ...(rules.operators ?? []).map((role, i) => ({ role, path: ['operators', i] })),
    ];
    for (const { role, path } of wanted)
      if (!held.has(role)) addFault(context, `nobody has the role ${role}`, ['environments', name, ...path]);
  }
});

/** The same with each group's members in its place. */
export const policySchema = policyDocumentSchema.transform(withoutGroups);
export type Policy = z.infer<typeof policySchema>;

/** The rules of a target's environment; undefined where the policy does not name it. */
export function rulesFor(
  { environments }: Pick<Policy, 'environments'>,
  { environment }: { readonly environment: string },
): EnvironmentRules | undefined {
  return Object.hasOwn(environments, environment) ? environments[environment] : undefined;
}

/** Whether the policy lets a service be deployed that it does not name, before anybody has adopted it. */
export function takesService(
  { services, unknownServices }: Pick<Policy, 'services' | 'unknownServices'>,
  service: string,
): boolean {
  if (Object.hasOwn(services, service)) return true;
  return (unknownServices ?? (Object.keys(services).length > 0 ? 'refuse' : 'accept')) === 'accept';
}

/** Every name of the person (subject and aliases) or robot (its subject) with this name; null: there is none. */
export function namesOf({ people, robots }: Pick<Policy, 'people' | 'robots'>, name: string): readonly string[] | null {
  const person = findPerson(people, name);
  if (person) return [person.subject, ...person.aliases];
  const robot = findRobot(robots, name);
  return robot ? [robot.subject] : null;
}

/** Roles that may adopt, resolve and freeze: `operators`, or those of the approval rules. */
export function operatorRoles(rules: Pick<EnvironmentRules, 'operators' | 'approvals'>): readonly string[] {
  return rules.operators ?? rules.approvals.rules.map((rule) => rule.role);
}
