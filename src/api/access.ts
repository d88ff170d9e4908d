import { GantryError } from '../domain/errors.ts';
import { type MessageName, messageAuthority } from '../domain/messages.ts';
import type { Subject } from '../domain/plan.ts';
import { operatorRoles, type Policy } from '../domain/policy.ts';

/** Who may use a route. Every route declares one; the API does not start with one that declares none. */
export type AccessRule =
  | { readonly kind: 'public' }
  /** Every person and robot of the policy. */
  | { readonly kind: 'read' }
  /** Every person, and robots whose `may` names it. */
  | { readonly kind: 'may'; readonly what: 'request' | 'submit-evidence' }
  /** As the message's authority says; the workflow judges roles. */
  | { readonly kind: 'message'; readonly name: MessageName }
  /** One of the operator roles of the environment in the path. */
  | { readonly kind: 'operator' };

/** Throws `forbidden` or `unknown-environment` unless the rule lets this subject pass; answers who it is. */
export function admit(rule: AccessRule, policy: Policy, subject: string, environment: string | undefined): Subject {
  const person = policy.people.find((one) => one.subject === subject);
  const robot = policy.robots.find((one) => one.subject === subject);
  const known = person ?? robot;
  if (!known) throw new GantryError('forbidden', `The policy knows no ${subject}.`);
  const caller = { subject, name: known.name };
  switch (rule.kind) {
    case 'public':
    case 'read':
      return caller;
    case 'may':
      if (person || robot?.may.includes(rule.what)) return caller;
      throw new GantryError('forbidden', `${subject} may not ${rule.what}.`);
    case 'message':
      if (person || messageAuthority[rule.name] === 'anyone') return caller;
      throw new GantryError('forbidden', `A robot may not ${rule.name}.`);
    case 'operator': {
      const rules =
        environment !== undefined && Object.hasOwn(policy.environments, environment)
          ? policy.environments[environment]
          : undefined;
      if (!rules)
        throw new GantryError('unknown-environment', `The policy names no environment ${environment}.`, {
          pointer: '/environment',
        });
      const roles = operatorRoles(rules);
      if (person?.roles.some((role) => roles.includes(role))) return caller;
      throw new GantryError('forbidden', `This takes ${roles.join(' or ')}; ${subject} is neither.`);
    }
  }
}
