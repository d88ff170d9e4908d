import { GantryError } from '../../domain/base/errors.ts';
import {
  deploymentWorkflowId,
  isWorkflowOf,
  pageWorkflowId,
  parseDeploymentId,
  parseTarget,
} from '../../domain/base/ids.ts';
import { lackedRoles } from '../../domain/base/lacked-roles.ts';
import { entriesOf } from '../../domain/journal/entries.ts';
import type { PageAcknowledgementClaim, PageEntry } from '../../domain/journal/paging.ts';
import { type PageAcknowledgement } from '../../domain/journal/values.ts';
import { findPerson } from '../../domain/policy/find-person.ts';
import { type EnvironmentRules, operatorRoles, rulesFor } from '../../domain/policy/policy.ts';
import { readinessRoles } from '../../domain/policy/readiness.ts';
import { peopleOfService } from '../../domain/policy/roles.ts';
import type { AcknowledgementInput, PageName } from '../../domain/ports/notification.ts';
import type { ActivityDeps } from '../deps.ts';
import { raiseAlarm } from '../trust/alarm.ts';
import { asksForProof, isVouchedFor } from '../trust/vouching.ts';

/** How far the clocks of API and Temporal may be apart, in milliseconds. */
const clocksMs = 60_000;

/**
 * Who has acknowledged a page. What is said past the deployment counts where the API vouches for it, of a person who holds
 * one of the roles now; with nothing said it is what the deployment's own journal has (null: nothing). Throws
 * `unproven-message`, `forbidden`, `role-missing`, and `not-ready` where the journal cannot be read now.
 */
export async function verifyAcknowledgement(
  deps: ActivityDeps,
  { deployment, page, roles, since, said }: AcknowledgementInput,
): Promise<PageAcknowledgement | null> {
  const name = parseDeploymentId(deployment);
  if (!said) return name ? inJournal(deps, deployment, since) : null;
  const target = name ? `${name.service}/${name.environment}` : deployment;
  const isVerified = await requireProof(deps, target, deployment, said);
  // What was signed of one page says nothing of another.
  if ('delivery' in said && said.page !== page) throw new GantryError('forbidden', 'This is the link of another page.');
  if (said.proof && Date.parse(said.proof.issuedAt) < Date.parse(since) - clocksMs)
    throw new GantryError('unproven-message', 'This was said before anybody was paged.');
  const as = { identity: isVerified ? 'verified' : 'asserted', at: new Date(deps.now()).toISOString() } as const;
  if ('delivery' in said) return { ...as, who: 'whoever held its link', subject: null, via: 'link' };
  const { service, environment } = parseTarget(target);
  const { policy } = await deps.policy.read();
  const rules = rulesFor(policy, { environment });
  const named = roles.length > 0 || !rules ? roles : rolesOfEnvironment(rules);
  const person = findPerson(peopleOfService(policy, service), said.by);
  if (!person) throw new GantryError('forbidden', `${said.by} is no person of the policy.`);
  if (!person.roles.some((role) => named.includes(role)))
    throw new GantryError('role-missing', `To acknowledge a page takes ${lackedRoles(named, said.by)}.`);
  return { ...as, who: person.name, subject: person.subject, via: 'api' };
}

function rolesOfEnvironment(rules: EnvironmentRules): readonly string[] {
  const { approvals, readiness, emergency } = rules;
  const own = [...operatorRoles(rules), ...approvals.rules.map(({ role }) => role), ...readinessRoles(readiness)];
  return [...new Set(emergency ? [...own, emergency.role] : own)];
}

async function requireProof(
  deps: ActivityDeps,
  target: string,
  deployment: string,
  said: PageAcknowledgementClaim,
): Promise<boolean> {
  const { proof } = said;
  if (!proof && !(await asksForProof(deps, target))) return false;
  const isFresh = proof !== undefined && deps.now() < Date.parse(proof.expiresAt);
  if (isFresh && (await isVouchedFor(deps, deployment, 'acknowledge', said))) return true;
  const detail = `Nobody vouches for whoever is said to have acknowledged a page of ${deployment}.`;
  await raiseAlarm(deps, { target, code: 'unproven-message', detail });
  throw new GantryError('unproven-message', detail);
}

async function inJournal(
  { histories }: ActivityDeps,
  deployment: string,
  since: string,
): Promise<PageAcknowledgement | null> {
  const name = parseDeploymentId(deployment);
  if (!name) return null;
  const told = await histories.told(deploymentWorkflowId(name.service, name.environment, name.number));
  if (!told) throw new GantryError('not-ready', `${deployment} does not tell its journal now.`);
  const found = entriesOf(told, 'acknowledged').find(({ for: what, at }) => what === 'page' && at >= since);
  if (!found) return null;
  const { name: who, subject, via, identity } = found.by;
  return { who, subject, via, identity, at: found.at };
}

/** The story of a page, as its own workflow tells it, where this deployment has started that; else nothing. */
export async function readPage(
  { histories }: Pick<ActivityDeps, 'histories'>,
  { deployment, page }: PageName,
): Promise<readonly PageEntry[]> {
  const found = await histories.page(pageWorkflowId(deployment, page));
  if (!found || found.parent === null || !isWorkflowOf(deployment, found.parent)) return [];
  return found.story;
}
