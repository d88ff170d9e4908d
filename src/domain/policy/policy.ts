import { z } from 'zod';
import { durationSchema } from '../base/duration-schema.ts';
import { addFault } from '../base/issues.ts';
import { means } from '../base/means.ts';
import { digestSchema, nameSchema } from '../base/text-schemas.ts';
import { validationGroups } from '../base/validation-groups.ts';
import { emergencySchema } from './emergency-schema.ts';
import { comparedName, findPerson } from './find-person.ts';
import { groupFaults, groupNamed, groupsSchema, withoutGroups } from './groups.ts';
import { limitsSchema } from './limits.ts';
import { messagesSchema } from './messages-schema.ts';
import { personSchema } from './people-schema.ts';
import { readinessRoles } from './readiness.ts';
import { readinessSchema } from './readiness-schema.ts';
import { rehearsalFaults } from './rehearsal-chain.ts';
import { repositorySchema } from './repositories.ts';
import { findRobot } from './robots.ts';
import { robotSchema } from './robots-schema.ts';
import { serviceFaults, serviceSchema } from './services.ts';
import { signersSchema, trustedRootSchema } from './signers-schema.ts';
import { stakeholdersSchema } from './stakeholders.ts';
import { standardSchema } from './standing-approvals-schema.ts';
import { windowsSchema } from './windows-schema.ts';

const day = 86_400_000;

export const environmentSchema = z.strictObject({
  evidence: z
    .strictObject({
      maxAge: durationSchema.meta(
        means('How long ago a stage may have finished, when it is evaluated and at the grant of the lock', '7d'),
      ),
      signers: signersSchema
        .optional()
        .meta(means('Only what they have signed counts; absent: unsigned evidence does, and the record says so')),
      trustedRoot: trustedRootSchema
        .optional()
        .meta(
          means(
            "Sigstore's trusted root, a file below the policy's folder; needed where a signer has `sigstore`",
            'keys/trusted-root.json',
          ),
        ),
      order: z
        .enum(['finishedOn', 'any'])
        .default('finishedOn')
        .meta(
          means(
            '`finishedOn`: a stage begins when the one before it has finished; `any`: stages may overlap, and every record says so',
          ),
        ),
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
    })
    .meta(means('Proof that each stage of the pipeline has passed for the artifact')),
  rehearsal: z
    .strictObject({
      maxAge: durationSchema.meta(means('How long ago it may have been', '30d')),
      environment: nameSchema.meta(means('Where it was rolled back, and that was verified', 'staging')),
    })
    .optional()
    .meta(means('A rollback that was carried out, by the same procedure; absent: not asked for')),
  approvals: z
    .strictObject({
      expireAfter: durationSchema.meta(means('Approvals of the start lapse so long after the request', '24h')),
      rules: z
        .array(
          z.strictObject({
            role: nameSchema.meta(means('Whose approval counts; somebody must have the role', 'service-owner')),
            minimum: z.int().min(1).max(20).meta(means('How many distinct people', 1)),
          }),
        )
        .min(1)
        .max(10)
        .refine((rules) => new Set(rules.map((rule) => rule.role)).size === rules.length, 'one rule a role')
        .meta(means('Every rule is to be filled, and one person fills one of them')),
      exclude: z
        .array(z.enum(['requester', 'authors']))
        .refine(
          (who) => who.includes('requester') && who.includes('authors'),
          'requester and authors never approve: exclude both',
        )
        .default(['requester', 'authors'])
        .meta(means('Who approves nothing that they requested, wanted or wrote; both, and nothing less is taken')),
    })
    .meta(means('Who must approve a change before it begins')),
  windows: windowsSchema
    .optional()
    .meta(means('When a change may begin; absent: at any time, and freezes made by people still hold')),
  readiness: readinessSchema
    .optional()
    .meta(means('Who says before a change that they are ready; absent: nobody is asked')),
  stakeholders: stakeholdersSchema.meta(
    means('Who is told of what: one of them hears `requested`, `deployed` and `ended`, and one hears `page`'),
  ),
  require: z
    .strictObject({
      validation: z
        .array(z.enum(validationGroups))
        .default(['smoke'])
        .meta(means('Groups of validation that must have checks')),
      availability: z.boolean().default(true).meta(means('A check of availability must watch')),
      artifactReadBack: z
        .boolean()
        .default(true)
        .meta(means("The artifact's digest must be given to an action and read back by a check")),
    })
    .prefault({})
    .meta(means('What a procedure must have')),
  messages: messagesSchema.meta(means('Messages that reach a deployment past the API')),
  commands: z
    .enum(['isolated', 'any'])
    .default('any')
    .meta(
      means(
        "`isolated`: commands of procedures run as a user of their own, who can reach nothing of the worker's, or not at all",
      ),
    ),
  monitoring: z
    .strictObject({ minimum: durationSchema.meta(means('The shortest period that a procedure may ask for', '15m')) })
    .meta(means('How long a release is watched before it is confirmed')),
  operators: z
    .array(nameSchema)
    .min(1)
    .max(10)
    .optional()
    .meta(
      means(
        'Roles that adopt and resolve targets, freeze and lift, and close reviews of emergencies; absent: the roles of `approvals.rules`',
        ['operator'],
      ),
    ),
  limits: limitsSchema.meta(means('The longest times; a plan that could take longer is refused')),
  paging: z
    .strictObject({
      acknowledgeWithin: durationSchema
        .refine((ms) => ms >= 1_000 && ms <= day, 'a page waits between 1 s and 1 d')
        .prefault('5m')
        .meta(means('How long a page waits to be acknowledged before it goes to the next way; from 1s to 1d')),
    })
    .prefault({})
    .meta(means('How people are paged')),
  emergency: emergencySchema.optional().meta(means('What an emergency is let off; absent: there are none')),
  standard: standardSchema
    .optional()
    .meta(means('Standing approvals of standard changes; absent: there are no standard changes')),
  procedures: z
    .strictObject({
      inline: z.boolean().default(false).meta(means('Whether a request may bring its procedure as a document')),
      allow: z
        .array(z.union([nameSchema, digestSchema], 'write the name of a procedure, or its digest'))
        .min(1)
        .max(200)
        .optional()
        .meta(
          means('The procedures that are taken, by name or digest; absent: all that name this environment', ['shop']),
        ),
    })
    .prefault({})
    .meta(means('Which procedures are taken here')),
});

export type EnvironmentRules = z.infer<typeof environmentSchema>;

/** A policy part by part. What its parts say of one another is for {@link policySchema}. */
export const policyShape = z.strictObject({
  gantry: z.literal(1).meta(means('The version of this format')),
  people: z.array(personSchema).min(1).max(500).meta(means('Everybody who may do anything')),
  robots: z
    .array(robotSchema)
    .max(100)
    .default([])
    .meta(means('Pipelines: they request and send evidence, and never approve')),
  groups: groupsSchema.optional().meta(means('Teams: `group:<name>` stands for them among owners and requesters')),
  services: z
    .record(nameSchema, serviceSchema)
    .default({})
    .meta(means('Rules of single services, beside those of the environments')),
  unknownServices: z
    .enum(['refuse', 'accept'])
    .optional()
    .meta(
      means(
        'Whether a service may be requested that `services` does not name and nobody adopted; absent: `refuse` where `services` names any',
      ),
    ),
  repositories: z
    .record(nameSchema, repositorySchema)
    .default({})
    .meta(means('Git repositories where procedures may have documents')),
  unknownAuthors: z
    .enum(['refuse', 'accept'])
    .default('refuse')
    .meta(
      means('Whether a change may name authors whom the policy does not know, and so cannot keep from approving it'),
    ),
  notifiers: z
    .record(nameSchema, z.record(z.string(), z.json()))
    .default({})
    .meta(means('What a kind of notifier needs beside the addresses of stakeholders, such as a mail server')),
  environments: z
    .record(nameSchema, environmentSchema)
    .refine((environments) => Object.keys(environments).length > 0, 'name at least one environment')
    .meta({ minProperties: 1 })
    .meta(means('The rules of each environment; one that is not named cannot be deployed to')),
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
