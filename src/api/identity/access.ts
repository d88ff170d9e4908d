import { GantryError } from '../../domain/base/errors.ts';
import { parseDeploymentId } from '../../domain/base/ids.ts';
import { lackedRoles } from '../../domain/base/lacked-roles.ts';
import type { Subject } from '../../domain/base/subject.ts';
import { type MessageName } from '../../domain/messages/messages.ts';
import { messageAuthority } from '../../domain/messages/who-may-send.ts';
import { findPerson } from '../../domain/policy/find-person.ts';
import type { FreezeScope } from '../../domain/policy/freezes-by-people.ts';
import { mayFreezeSomething, operatorsOf, unmetFreezeDemand } from '../../domain/policy/operators.ts';
import { type Policy, rulesFor } from '../../domain/policy/policy.ts';
import { findRobot } from '../../domain/policy/robots.ts';
import { peopleOfService } from '../../domain/policy/roles-for-service.ts';
import type { Scope } from '../../domain/trust/api-keys.ts';

/** Who may use a route. Every route declares one; the API does not start with one that declares none. */
export type AccessRule =
  | { readonly kind: 'public' }
  /** Every person and robot of the policy. */
  | { readonly kind: 'read' }
  /** Every person, and robots whose `may` names it. */
  | { readonly kind: 'may'; readonly what: 'request' | 'submit-evidence'; readonly isPreview?: true }
  /** By the authority of the message; the workflow checks roles against the plan. */
  | { readonly kind: 'message'; readonly name: MessageName }
  /** One of the operator roles of the environment in the path. */
  | { readonly kind: 'operator' }
  /** Everybody with a browser session, also those who are not in the policy any more. */
  | { readonly kind: 'session' }
  /** Operators of any environment; `admitFreeze` then checks the scope of the freeze. */
  | { readonly kind: 'freeze' };

/** The scope that a limited key must have for a rule; null where none is asked. */
export function scopeOf(rule: AccessRule): Scope | null {
  return rule.kind === 'may' ? rule.what : scopes[rule.kind];
}

const scopes = {
  public: null,
  session: null,
  read: 'read',
  message: 'messages',
  operator: 'operate',
  freeze: 'operate',
} as const;

/** What is allowed while the store does not answer: those who were known recently may read, abort and pause. */
export function goesWithoutStore(rule: AccessRule): boolean {
  return rule.kind === 'read' || (rule.kind === 'message' && (rule.name === 'abort' || rule.name === 'pause'));
}

const beginning: ReadonlySet<MessageName> = new Set(['approve', 'resume', 'acknowledge', 'complete-step']);

/** Whether a request lets something begin or go on: refused while the store is in recovery. What stops something is not. */
export function beginsSomething(rule: AccessRule, method: string): boolean {
  switch (rule.kind) {
    case 'public':
    case 'read':
    case 'session':
      return false;
    case 'may':
      return rule.what === 'request' && rule.isPreview !== true;
    case 'message':
      return beginning.has(rule.name);
    case 'operator':
      return true;
    case 'freeze':
      return method === 'DELETE';
  }
}

/** The path parameters that matter to a rule; `id` is a deployment's. */
export type Place = { readonly [Name in 'service' | 'environment' | 'id']?: string | undefined };

/**
 * Returns who the subject is; an alias becomes the person, so that one person counts once. Throws `forbidden`,
 * `role-missing` or `unknown-environment` where the rule does not admit them.
 */
export function admit(rule: AccessRule, policy: Policy, subject: string, place: Place): Subject {
  const { service, environment, id } = place;
  const person = findPerson(policy.people, subject);
  const robot = findRobot(policy.robots, subject);
  const known = person ?? robot;
  if (!known) throw new GantryError('forbidden', `The policy knows no ${subject}.`);
  const caller = { subject: known.subject, name: known.name };
  switch (rule.kind) {
    case 'public':
    case 'session':
    case 'read':
      return caller;
    case 'may':
      if (person || robot?.may.includes(rule.what)) return caller;
      throw new GantryError('forbidden', `${subject} may not ${rule.what}.`);
    case 'message': {
      const authority = messageAuthority[rule.name];
      if (!person && authority !== 'anyone') throw new GantryError('forbidden', `A robot may not ${rule.name}.`);
      const of = parseDeploymentId(id ?? '')?.service ?? '';
      // A person without any role for the service cannot have the one that the plan requires.
      if (authority === 'role' && rolesFor(policy, of, subject).length === 0)
        throw new GantryError('role-missing', `${rule.name} takes a role; ${subject} has none for this service.`);
      return caller;
    }
    case 'operator': {
      if (environment === undefined || !rulesFor(policy, { environment }))
        throw new GantryError('unknown-environment', `The policy names no environment ${environment}.`, {
          pointer: '/environment',
        });
      const operators = operatorsOf(policy, { service: service ?? '', environment }, subject);
      if (operators.person) return caller;
      throw new GantryError('forbidden', `This takes ${lackedRoles(operators.roles, subject)}.`);
    }
    case 'freeze':
      if (mayFreezeSomething(policy, subject)) return caller;
      throw new GantryError('forbidden', `This takes an operator of an environment; ${subject} is none.`);
  }
}

/** The roles of a person for a service by the policy; robots have none. */
export function rolesFor(policy: Policy, service: string, subject: string): readonly string[] {
  return findPerson(peopleOfService(policy, service), subject)?.roles ?? [];
}

/**
 * Checks that a person may freeze or lift: they operate every environment in the scope, by their roles for the service where
 * the scope names one. Throws `forbidden`, or `unknown-environment`. `isKnown`: the freeze exists, so it can be lifted even
 * where its environment is not in the policy any more.
 */
export function admitFreeze(policy: Policy, subject: string, scope: FreezeScope, isKnown: boolean): void {
  const own = 'environment' in scope ? scope.environment : undefined;
  if (own !== undefined && !Object.hasOwn(policy.environments, own) && !isKnown)
    throw new GantryError('unknown-environment', `The policy names no environment ${own}.`, {
      pointer: '/scope/environment',
    });
  const unmet = unmetFreezeDemand(policy, subject, scope);
  if (!unmet) return;
  const where = 'service' in scope ? `For ${scope.service} in ${unmet.environment}` : `In ${unmet.environment}`;
  throw new GantryError('forbidden', `${where} this takes ${lackedRoles(unmet.roles, subject)}.`);
}
