import type { ErrorIssue } from '../base/errors.ts';
import { toIssues } from '../base/issues.ts';
import { refuse, toPointer } from '../base/refuse.ts';
import type { NotifierCatalog } from '../kinds/notifier.ts';
import type { Policy } from './policy.ts';

type Notified = Pick<Policy, 'environments' | 'notifiers'>;

/**
 * Whether every stakeholder can be reached as the policy says: kinds that there are, addresses that they take, and the
 * settings that they need. Throws `invalid-policy` with JSON pointers.
 */
export function checkNotifiers(policy: Notified, catalog: NotifierCatalog): void {
  const issues = [...settingsFaults(policy, catalog), ...channelFaults(policy, catalog)];
  if (issues.length > 0) refuse(issues);
}

const faultAt = (path: readonly PropertyKey[], detail: string): ErrorIssue => ({
  code: 'invalid-policy',
  pointer: toPointer(path),
  detail,
});

const kindsOf = (catalog: NotifierCatalog) => [...catalog.keys()].join(', ');

function settingsFaults({ notifiers }: Notified, catalog: NotifierCatalog): readonly ErrorIssue[] {
  return Object.entries(notifiers).flatMap(([kind, written]) => {
    const schema = catalog.get(kind)?.settings;
    if (!schema) return [faultAt(['notifiers', kind], `${kind} takes no settings`)];
    const { error } = schema.safeParse(written);
    return error ? toIssues(error, 'invalid-policy', ['notifiers', kind]) : [];
  });
}

function channelFaults({ environments, notifiers }: Notified, catalog: NotifierCatalog): readonly ErrorIssue[] {
  return Object.entries(environments).flatMap(([environment, { stakeholders }]) =>
    stakeholders.flatMap(({ channels }, i) =>
      channels.flatMap(({ kind, spec }) => {
        const at = ['environments', environment, 'stakeholders', i];
        const notifier = catalog.get(kind);
        if (!notifier)
          return [faultAt([...at, kind], `unknown key ${JSON.stringify(kind.slice(0, 80))}: use ${kindsOf(catalog)}`)];
        if (notifier.settings && !Object.hasOwn(notifiers, kind))
          return [faultAt([...at, kind], `${kind} needs notifiers.${kind} in the policy`)];
        const { error } = notifier.schema.safeParse(spec);
        return error ? toIssues(error, 'invalid-policy', at) : [];
      }),
    ),
  );
}
