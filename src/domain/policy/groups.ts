import { z } from 'zod';
import { means } from '../base/means.ts';
import { nameSchema } from '../base/text-schemas.ts';
import { findPerson } from './find-person.ts';
import type { Person } from './people-schema.ts';
import { type Fault, peopleFaults, whoSchema } from './services.ts';

/** Teams: people who have roles together, or own and request services together (`group:payments`). */
export const groupsSchema = z.record(
  nameSchema,
  z.strictObject({
    members: z
      .array(whoSchema)
      .min(1, 'a group has a member')
      .max(200)
      .meta(means('Its people, by any of their names', ['key:alice', 'github:bob'])),
    roles: z
      .array(nameSchema)
      .max(20)
      .default([])
      .meta(means('Roles that each of them has beside their own', ['support'])),
  }),
);
export type Groups = z.infer<typeof groupsSchema>;

const prefix = 'group:';

/** The group that a name stands for; undefined where it stands for none. */
export function groupNamed(groups: Groups, name: string): Groups[string] | undefined {
  const group = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  return Object.hasOwn(groups, group) ? groups[group] : undefined;
}

interface Grouped {
  readonly groups?: Groups | undefined;
  readonly people: readonly Person[];
  readonly services: Readonly<
    Record<string, { readonly owners: readonly string[]; readonly requesters?: readonly string[] | undefined }>
  >;
}

/** Unknown members of groups, members who stand in one twice, and people with the name of a group. */
export function groupFaults({ groups = {}, people }: Grouped): readonly Fault[] {
  const subjectOf = (name: string) => findPerson(people, name)?.subject;
  const members = Object.entries(groups).flatMap(([group, rules]) =>
    peopleFaults(rules.members, ['groups', group, 'members'], subjectOf),
  );
  const namesakes = people.flatMap(({ subject, aliases }, i) =>
    [subject, ...aliases].some((name) => name.startsWith(prefix))
      ? [{ path: ['people', i], message: `${prefix}… is the name of a group` }]
      : [],
  );
  return [...members, ...namesakes];
}

/** The same policy with each group's members in its place. */
export function withoutGroups<P extends Grouped>(policy: P): P {
  const { groups, people, services } = policy;
  if (!groups) return policy;
  // Looked up once for each group, and not for each person of the policy.
  const members = new Map(
    Object.values(groups).map((group) => [
      group,
      new Set(group.members.flatMap((name) => findPerson(people, name)?.subject ?? [])),
    ]),
  );
  const expanded = (names: readonly string[]) => {
    const own = new Set(names.map((name) => findPerson(people, name)?.subject));
    const more = names.flatMap((name) => {
      const group = groupNamed(groups, name);
      return group ? [...(members.get(group) ?? [])] : [];
    });
    return [
      ...names.filter((name) => !groupNamed(groups, name)),
      ...new Set(more.filter((subject) => !own.has(subject))),
    ];
  };
  return {
    ...policy,
    people: people.map((person) => {
      const more = [...members].flatMap(([{ roles }, subjects]) => (subjects.has(person.subject) ? roles : []));
      return { ...person, roles: [...new Set([...person.roles, ...more])] };
    }),
    services: Object.fromEntries(
      Object.entries(services).map(([name, rules]) => [
        name,
        {
          ...rules,
          owners: expanded(rules.owners),
          ...(rules.requesters ? { requesters: expanded(rules.requesters) } : {}),
        },
      ]),
    ),
  };
}
