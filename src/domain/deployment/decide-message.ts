import type { ErrorCode } from '../base/error-codes.ts';
import { lackedRoles } from '../base/lacked-roles.ts';
import { pick } from '../base/pick.ts';
import type { EntryBody } from '../journal/entries.ts';
import { pageRoles } from '../journal/paging.ts';
import type { Actor } from '../journal/values.ts';
import { abortsOnlyItsOwn, mayRobotAbort } from '../messages/abort-by-robot.ts';
import { type Message, type MessageArgument, maxAccepted, messageAuthority } from '../messages/messages.ts';
import { phaseTable } from '../messages/phase-table.ts';
import { isTaken } from '../messages/unsigned.ts';
import { type Plan, stepOf } from '../plan/plan.ts';
import type { FrozenPlan } from '../plan/seals.ts';
import type { Person } from '../policy/people.ts';
import { roleAt, rulesOf } from './approvals.ts';
import { startExpiry } from './lapsed-approvals.ts';
import { noPointLeft, whyNoPause } from './pause.ts';
import { type DeploymentState, takenBy } from './state.ts';
import { whereItStands } from './where-it-stands.ts';

/** What becomes of a message: entries for the journal, or the code and sentence it is refused with. */
export type Decision =
  | { readonly kind: 'accepted'; readonly entries: readonly EntryBody[] }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly detail: string };

const accepted = (...entries: EntryBody[]): Decision => ({ kind: 'accepted', entries });
const refused = (code: ErrorCode, detail: string): Decision => ({ kind: 'refused', code, detail });

/** With what the deployment waits for instead. */
const notWaiting = ({ state }: Pick<Context, 'state'>, detail: string): Decision =>
  refused('not-waiting', `${detail} ${whereItStands(state)}`);

interface Context extends FrozenPlan {
  readonly state: DeploymentState;
  readonly actor: Actor;
  /** Roles that the sender holds now, by the API; absent or null where that is not known. */
  readonly heldNow?: readonly string[] | null;
  /** In milliseconds; absent where `can` of the status is computed. */
  readonly now?: number;
}

/** Evaluates a message by the deployment's phase, its sender and its argument, whichever way it came. */
export function decide(context: Context, message: Message): Decision {
  const { plan, state, actor } = context;
  const answer = phaseTable[message.name][state.phase];
  if (answer === 'ended') return refused(answer, `${message.name} is not taken in ${state.phase}.`);
  if (!isTaken(message.name, actor.identity, plan.policy.messages.unsigned))
    return refused(
      'unproven-message',
      `The policy counts only messages that the API vouches for, and nobody vouches for this ${message.name}.`,
    );
  if (answer !== 'accepted') return refused(answer, whyNot(message.name, state.phase));
  const isOfPage = message.name === 'acknowledge' && message.argument.for === 'page';
  if (plan.repair && message.name !== 'note' && !isOfPage)
    return refused(
      'wrong-phase',
      'A repair is a way back already: it takes nothing but notes and what is said of pages.',
    );
  const person = personOf(context);
  if (messageAuthority[message.name] !== 'anyone' && !person)
    return refused('forbidden', `${actor.subject} is no person of the policy.`);
  const why = pick(message.argument, 'reason');
  switch (message.name) {
    case 'approve':
    case 'reject':
      return decideApproval(context, message, person as Person);
    case 'withdraw':
      if (message.argument.gate === 'start' ? state.hasChanged : !isWaitingAt(state, message.argument.gate))
        return refused('too-late', 'What was approved has begun: abort it instead.');
      return hasApproved(context, message.argument.gate)
        ? accepted({ type: 'approval-withdrawn', by: actor, gate: message.argument.gate, ...why })
        : notWaiting(context, `${actor.subject} has no approval of ${message.argument.gate} to withdraw.`);
    case 'abort':
      if (state.confirmed) return refused('too-late', 'The deployment is confirmed: request the next one instead.');
      if (
        plan.policy.robots.some(({ subject }) => subject === actor.subject) &&
        !mayRobotAbort(actor.subject, plan.requester.subject)
      )
        return refused('forbidden', abortsOnlyItsOwn);
      // Repeated messages abort it once.
      return state.isAborted ? accepted() : accepted({ type: 'abort-requested', by: actor, ...why });
    case 'pause': {
      const spent = whyNoPause(plan, state);
      if (spent !== null) return refused('wrong-phase', spent);
      return tooMany(context, 'pause') ?? accepted({ type: 'paused', by: actor, ...why });
    }
    case 'resume':
      return state.paused ? accepted({ type: 'resumed', by: actor, ...why }) : notWaiting(context, 'It is not paused.');
    case 'acknowledge':
      return decideAcknowledgement(context, message.argument, person as Person);
    case 'complete-step':
      return decideManualStep(context, message.argument, person as Person);
    case 'note':
      return (
        tooMany(context, 'note') ??
        accepted(
          { type: 'note-added', by: actor, ...pick(message.argument, 'severity', 'statement') },
          {
            type: 'deviation',
            code: 'note',
            severity: message.argument.severity,
            what: message.argument.statement,
            decidedBy: actor.name,
            authority: 'person of the policy',
          },
        )
      );
  }
}

function whyNot(name: Message['name'], phase: DeploymentState['phase']): string {
  return `${name} is not taken in ${phase}${name === 'pause' ? `: ${noPointLeft}` : ''}.`;
}

/** Refuses a message beyond the maximum of its kind (`maxAccepted`). `of`: what is counted apart from others. */
function tooMany({ state, actor }: Context, name: keyof typeof maxAccepted, of: string = name): Decision | null {
  const { ofEach, inAll } = maxAccepted[name];
  const own = state.taken[takenBy(of, actor.subject)] ?? 0;
  if (own >= ofEach)
    return refused('too-many-messages', `${actor.subject} has sent ${own} times: ${of}. No more is taken.`);
  if ((state.taken[of] ?? 0) >= inAll)
    return refused('too-many-messages', `${inAll} times was sent: ${of}. No more is taken.`);
  return null;
}

/** The sender as the plan knows them, without roles that they have lost since. */
function personOf({ plan, actor, heldNow = null }: Context): Person | undefined {
  const person = plan.policy.people.find(({ subject }) => subject === actor.subject);
  if (!person || heldNow === null) return person;
  return { ...person, roles: person.roles.filter((role) => heldNow.includes(role)) };
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

function decideApproval(
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
  if (message.name === 'approve' && hasApproved(context, gate) && argument.planDigest === planDigest)
    return refused('already-approved', `${actor.subject} has approved ${gate} already.${otherGates(state, gate)}`);
  const isOpen = gate === 'start' ? state.phase !== 'executing' : isWaitingAt(state, gate);
  if (!isOpen) return notWaiting(context, `The deployment does not wait at gate ${gate}.`);
  if (argument.planDigest !== planDigest)
    return refused('plan-changed', `The plan is ${planDigest}; the message names ${argument.planDigest}.`);
  const found = roleAt(plan, gate, person, argument.role);
  if ('code' in found) return refused(found.code, found.detail);
  if (message.name === 'reject') {
    const reason = argument.reason ?? argument.statement;
    return accepted({ type: 'rejected', by: actor, gate, ...pick({ reason }, 'reason') });
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

/** Roles whose acknowledgement is asked for now and not given yet. */
export function unacknowledged(plan: Plan, state: DeploymentState, what: 'readiness' | 'handoff'): readonly string[] {
  const { handoff } = plan.monitoring;
  const wanted = what === 'readiness' ? (plan.policy.readiness?.roles ?? []) : handoff ? [handoff.role] : [];
  return wanted.filter((role) => !state.acknowledged.some((known) => known.for === what && known.role === role));
}

/** Phases in which readiness or a handoff is acknowledged; a page is whenever there is one. */
const acknowledging: readonly DeploymentState['phase'][] = ['verifying', 'monitoring', 'handing-over'];

function decideAcknowledgement(context: Context, argument: MessageArgument<'acknowledge'>, person: Person): Decision {
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

function decideManualStep(context: Context, argument: MessageArgument<'complete-step'>, person: Person): Decision {
  const { plan, state, actor } = context;
  const step = stepOf(plan, argument.step);
  if (step?.kind !== 'manual' || !state.waits.some((wait) => wait.kind === 'manual' && wait.step === argument.step))
    return notWaiting(context, `The deployment does not wait for step ${argument.step}.`);
  if (!person.roles.includes(step.role))
    return refused('role-missing', `Step ${step.id} takes ${lackedRoles([step.role], actor.subject)}.`);
  const said = argument.statement ?? argument.reason;
  return accepted({
    type: 'step-completed',
    step: step.id,
    result: argument.result === 'done' ? 'passed' : 'failed',
    summary: said ?? `${argument.result}, as ${actor.name} says`,
    by: actor,
  });
}
