import { lackedRoles } from '../base/lacked-roles.ts';
import { pick } from '../base/pick.ts';
import type { EntryBody } from '../journal/entries.ts';
import { pageRoles } from '../journal/paging.ts';
import type { MessageArgument } from '../messages/messages.ts';
import type { Plan } from '../plan/plan.ts';
import type { Person } from '../policy/people-schema.ts';
import { accepted, type Context, type Decision, notWaiting, refused, whyNot } from './decision.ts';
import type { DeploymentState } from './state.ts';

/** Roles whose acknowledgement is asked for now and not given yet. */
export function unacknowledged(plan: Plan, state: DeploymentState, what: 'readiness' | 'handoff'): readonly string[] {
  const { handoff } = plan.monitoring;
  const wanted = what === 'readiness' ? (plan.policy.readiness?.roles ?? []) : handoff ? [handoff.role] : [];
  return wanted.filter((role) => !state.acknowledged.some((known) => known.for === what && known.role === role));
}

/** Phases in which readiness or a handoff is acknowledged; a page is whenever there is one. */
const acknowledging: readonly DeploymentState['phase'][] = ['verifying', 'monitoring', 'handing-over'];

/** Decides on an acknowledgement of readiness, of the handoff or of a page: when it is taken, and for which roles it counts. */
export function decideAcknowledgement(
  context: Context,
  argument: MessageArgument<'acknowledge'>,
  person: Person,
): Decision {
  const { plan, state, actor } = context;
  const { for: what } = argument;
  if (what !== 'page' && !acknowledging.includes(state.phase))
    return refused('wrong-phase', whyNot('acknowledge', state.phase));
  if (what !== 'page' && (what === 'readiness') !== (state.phase === 'verifying'))
    return notWaiting(context, `No ${what} is asked for in ${state.phase}.`);
  const open = what === 'page' ? pageRoles(plan) : unacknowledged(plan, state, what);
  if (open.length === 0 || (what === 'page' && state.openPages.length === 0))
    return notWaiting(context, what === 'page' ? 'No page waits to be acknowledged.' : `No ${what} is asked for.`);
  const roles = open.filter((role) => person.roles.includes(role) && (argument.role ?? role) === role);
  if (roles.length === 0)
    return refused(
      'role-missing',
      `To acknowledge ${what === 'page' ? 'a page' : `the ${what}`} takes ${lackedRoles(open, actor.subject)}.`,
    );
  // One role is enough to acknowledge a page.
  const counted = what === 'page' ? roles.slice(0, 1) : roles;
  const said = pick(argument, 'statement');
  return accepted(...counted.map((role): EntryBody => ({ type: 'acknowledged', by: actor, for: what, role, ...said })));
}
