import { GantryError } from '../../domain/base/errors.ts';
import {
  isWorkflowOf,
  pageWorkflowId,
  parseTarget,
  targetOfDeployment,
  workflowOfDeployment,
} from '../../domain/base/ids.ts';
import { lackedRoles } from '../../domain/base/lacked-roles.ts';
import { entriesOf } from '../../domain/journal/entries.ts';
import type { PageEntry } from '../../domain/journal/paging.ts';
import { type PageAcknowledgement } from '../../domain/journal/values.ts';
import { findPerson } from '../../domain/policy/find-person.ts';
import { operatorRoles } from '../../domain/policy/operators.ts';
import { type EnvironmentRules, rulesFor } from '../../domain/policy/policy.ts';
import { readinessRoles } from '../../domain/policy/readiness.ts';
import { peopleOfService } from '../../domain/policy/roles-for-service.ts';
import type { AcknowledgementInput, PageName } from '../../domain/ports/notification.ts';
import type { ActivityDeps } from '../deps.ts';
import { requireProven } from '../trust/vouching.ts';

/** How far the clocks of API and Temporal may be apart, in milliseconds. */
const clocksMs = 60_000;

/**
 * Who has acknowledged a page. A claim that came past the deployment counts where the API vouches for it, for a person who
 * holds one of the roles now; without a claim it is what the deployment's own journal has (null: nothing). Throws
 * `unproven-message`, `forbidden`, `role-missing`, and `not-ready` where the journal cannot be read now.
 */
export async function verifyAcknowledgement(
  deps: ActivityDeps,
  { deployment, page, roles, since, said }: AcknowledgementInput,
): Promise<PageAcknowledgement | null> {
  if (!said) return inJournal(deps, deployment, since);
  const target = targetOfDeployment(deployment) ?? deployment;
  const claim = `whoever is said to have acknowledged a page of ${deployment}`;
  const isVerified = await requireProven(deps, { target, about: deployment, message: 'acknowledge', claim }, said);
  // What was signed for one page does not count for another.
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

async function inJournal(
  { histories }: ActivityDeps,
  deployment: string,
  since: string,
): Promise<PageAcknowledgement | null> {
  const workflowId = workflowOfDeployment(deployment);
  if (workflowId === undefined) return null;
  const told = await histories.told(workflowId);
  if (!told) throw new GantryError('not-ready', `${deployment} does not tell its journal now.`);
  const found = entriesOf(told, 'acknowledged').find(({ for: what, at }) => what === 'page' && at >= since);
  if (!found) return null;
  const { name: who, subject, via, identity } = found.by;
  return { who, subject, via, identity, at: found.at };
}

/** The story of a page, as its own workflow answers it, where this deployment has started that; else nothing. */
export async function readPage(
  { histories }: Pick<ActivityDeps, 'histories'>,
  { deployment, page }: PageName,
): Promise<readonly PageEntry[]> {
  const found = await histories.page(pageWorkflowId(deployment, page));
  if (!found || found.parent === null || !isWorkflowOf(deployment, found.parent)) return [];
  return found.story;
}
