import type { ErrorCode } from '../base/error-codes.ts';
import { lackedRoles } from '../base/lacked-roles.ts';
import { pick } from '../base/pick.ts';
import type { Message, MessageArgument } from '../messages/messages.ts';
import type { Plan } from '../plan/plan.ts';
import { findPerson } from '../policy/find-person.ts';
import type { Person } from '../policy/people-schema.ts';
import { type Filled, missingOf, type Rule } from '../policy/quorum.ts';
import { accepted, type Context, type Decision, notWaiting, refused, stopping, tooMany } from './decision.ts';
import { excludedFrom } from './excluded-approvers.ts';
import { startExpiry } from './start-expiry.ts';
import type { Approval, DeploymentState } from './state.ts';

/** The part of an approval that gates count: who gave it, at which gate, and for which role. */
type Counted = Pick<Approval, 'gate' | 'role'> & { readonly by: { readonly subject: string } };

/** The rules of a gate: policy's for the start, the step's own for a gate step; none for a gate that does not exist. */
export function rulesOf(plan: Plan, gate: string): readonly Rule[] {
  if (gate === 'start') return plan.policy.approvals.rules;
  const step = plan.steps.find(({ id }) => id === gate);
  return step?.kind === 'gate' ? [{ role: step.role, minimum: step.minimum }] : [];
}

const filledBy = ({ by, role }: Counted): Filled => ({ subject: by.subject, role });

/** Everybody who has approved a plan, at any gate; a standing approval counts like those that were given. */
export function approversOf(plan: Plan, approvals: readonly Counted[]): readonly Filled[] {
  const excluded = excludedFrom(plan);
  const all = [...(plan.policy.standing?.approvedBy ?? []), ...approvals.map(filledBy)];
  return all.filter(({ subject }) => !excluded.has(subject));
}

/** What a gate still lacks; at the start a standing approval counts like those that were given. */
export function missingFor(plan: Plan, approvals: readonly Counted[], gate: string): readonly Rule[] {
  const standing = gate === 'start' ? (plan.policy.standing?.approvedBy ?? []) : [];
  const given = approvals.filter((a) => a.gate === gate).map(filledBy);
  return missingOf(rulesOf(plan, gate), [...standing, ...given]);
}

/** Whether everybody who must approve has approved. A gate without rules is never passed. */
export function isApproved(plan: Plan, approvals: readonly Counted[], gate: string): boolean {
  return rulesOf(plan, gate).length > 0 && missingFor(plan, approvals, gate).length === 0;
}

/** The gates that must have been passed before a step is carried out: the start, and each gate step before it. */
export function gatesBefore({ steps }: Plan, step: string): readonly string[] {
  const at = steps.findIndex(({ id }) => id === step);
  return ['start', ...steps.slice(0, at).flatMap(({ id, kind }) => (kind === 'gate' ? [id] : []))];
}

/** The role that a person's approval of a gate counts for, or why it counts for none. `wanted`: as they name it. */
export function roleAt(
  plan: Plan,
  gate: string,
  { subject, roles }: Pick<Person, 'subject' | 'roles'>,
  wanted?: string,
): { readonly role: string } | { readonly code: ErrorCode; readonly detail: string } {
  const asked = rulesOf(plan, gate).map(({ role }) => role);
  if (excludedFrom(plan).has(subject))
    return { code: 'self-approval', detail: `${subject} requested or wrote this change.` };
  const fitting = asked.filter((role) => roles.includes(role));
  if (wanted !== undefined && !fitting.includes(wanted))
    return { code: 'role-missing', detail: `${subject} has no role ${wanted} that counts at gate ${gate}.` };
  const role = wanted ?? fitting[0];
  if (role === undefined) return { code: 'role-missing', detail: `Gate ${gate} takes ${lackedRoles(asked, subject)}.` };
  if (wanted === undefined && fitting.length > 1)
    return { code: 'malformed', detail: `Several roles fit (${fitting.join(', ')}): name one in role.` };
  return { role };
}

/** An approval counts for the plan whose digest it names, and for no other. */
const isOfPlan = (message: MessageArgument<'approve'>, planDigest: string) => message.planDigest === planDigest;

/**
 * The approvals that messages about a plan amount to; a message that would not have counted is left out. Of several
 * messages of one person for one gate the last one counts. The caller verifies who sent them.
 */
export function latestApprovals(
  plan: Plan,
  planDigest: string,
  messages: readonly MessageArgument<'approve'>[],
): readonly Counted[] {
  const counted = new Map<string, Counted>();
  for (const message of messages) {
    const { by, gate, role: wanted, proof } = message;
    const person = findPerson(plan.policy.people, by);
    if (!person || !isOfPlan(message, planDigest)) continue;
    const { subject } = person;
    const roles = person.roles.filter((role) => proof?.roles.includes(role) ?? true);
    const found = roleAt(plan, gate, { subject, roles }, wanted);
    if ('role' in found) counted.set(`${gate} ${subject}`, { by: { subject }, gate, role: found.role });
  }
  return [...counted.values()];
}

/**
 * Decides on an approval or a rejection: the start takes them until its steps are carried out, a gate step while the
 * deployment waits at it. One rejection ends the deployment.
 */
export function decideApproval(
  context: Context,
  message: Extract<Message, { readonly name: 'approve' | 'reject' }>,
  person: Person,
): Decision {
  const { plan, planDigest, state, actor } = context;
  const { argument } = message;
  const { gate } = argument;
  if (rulesOf(plan, gate).length === 0) return notWaiting(context, `There is no gate ${gate}.`);
  if (plan.policy.standing && gate === 'start' && message.name === 'approve')
    return notWaiting(context, 'This standard change goes by its standing approval: nobody else is asked.');
  // Also once the gate is passed: who repeats an approval because no answer came learns that it was accepted.
  if (message.name === 'approve' && hasApproved(context, gate) && isOfPlan(argument, planDigest))
    return refused('already-approved', `${actor.subject} has approved ${gate} already.${otherGates(state, gate)}`);
  const isOpen = gate === 'start' ? state.phase !== 'executing' : isWaitingAt(state, gate);
  if (!isOpen) return notWaiting(context, `The deployment does not wait at gate ${gate}.`);
  if (!isOfPlan(argument, planDigest))
    return refused('plan-changed', `The plan is ${planDigest}; the message names ${argument.planDigest}.`);
  const found = roleAt(plan, gate, person, argument.role);
  if ('code' in found) return refused(found.code, found.detail);
  if (message.name === 'reject') {
    const reason = argument.reason ?? argument.statement;
    const summary = `rejected by ${actor.name}${reason === undefined ? '' : `: ${reason}`}`;
    return stopping(
      { kind: 'rejected', summary },
      { type: 'rejected', by: actor, gate, ...pick({ reason }, 'reason') },
    );
  }
  const more = tooMany(context, 'approve', `approve ${gate}`);
  if (more) return more;
  const expiresAt = gate === 'start' ? startExpiry(plan, state.requestedAt) : null;
  // After an outage of the workers the message may come before the timer that ends the wait for it.
  if ((context.now ?? 0) >= Date.parse(expiresAt ?? 'never'))
    return refused('not-waiting', `Approvals of the start lapsed ${expiresAt}: this one would count for nothing.`);
  return accepted({
    type: 'approval-granted',
    by: actor,
    gate,
    role: found.role,
    planDigest,
    expiresAt,
    ...pick(argument, 'statement'),
  });
}

/** Decides on taking an approval back: that of the start until the first change, that of a gate while it waits. */
export function decideWithdrawal(context: Context, { gate, ...argument }: MessageArgument<'withdraw'>): Decision {
  const { state, actor } = context;
  const hasBegun = gate === 'start' ? state.hasChanged : !isWaitingAt(state, gate);
  if (hasBegun) return refused('too-late', 'What was approved has begun: abort it instead.');
  if (!hasApproved(context, gate))
    return notWaiting(context, `${actor.subject} has no approval of ${gate} to withdraw.`);
  return accepted({ type: 'approval-withdrawn', by: actor, gate, ...pick(argument, 'reason') });
}

function hasApproved({ state, actor }: Context, gate: string): boolean {
  return state.approvals.some((one) => one.by.subject === actor.subject && one.gate === gate);
}

function isWaitingAt({ waits }: DeploymentState, gate: string): boolean {
  return waits.some(({ kind, step }) => kind === 'gate' && step === gate);
}

/** Of gates that wait beside the one that a message is for: an approval that names none is for the start. */
function otherGates({ waits }: DeploymentState, gate: string): string {
  const others = waits.filter(({ kind, step }) => kind === 'gate' && step !== gate);
  return others.map(({ step }) => ` Gate ${step} waits for approval: name it, with "gate": "${step}".`).join('');
}
