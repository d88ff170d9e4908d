import { lackedRoles } from '../base/lacked-roles.ts';
import { pick } from '../base/pick.ts';
import type { DeviationCode } from '../journal/deviations.ts';
import { abortsOnlyItsOwn, mayRobotAbort } from '../messages/abort-by-robot.ts';
import type { Message, MessageArgument } from '../messages/messages.ts';
import { phaseTable } from '../messages/phase-table.ts';
import { isProvenEnough } from '../messages/taken-without-proof.ts';
import { messageAuthority } from '../messages/who-may-send.ts';
import { stepOf } from '../plan/plan.ts';
import type { Person } from '../policy/people-schema.ts';
import { decideAcknowledgement } from './acknowledgements.ts';
import { decideApproval, decideWithdrawal } from './approvals.ts';
import { accepted, type Context, type Decision, notWaiting, refused, stopping, tooMany, whyNot } from './decision.ts';
import { whyNoPause } from './pause-limits.ts';

/** Evaluates a message by the deployment's phase, its sender and its argument, whichever way it came. */
export function decide(context: Context, message: Message): Decision {
  const { plan, state, actor } = context;
  const answer = phaseTable[message.name][state.phase];
  if (answer === 'ended') return refused(answer, `${message.name} is not taken in ${state.phase}.`);
  if (!isProvenEnough(message.name, actor.identity, plan.policy.messages.unsigned))
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
      return decideWithdrawal(context, message.argument);
    case 'abort':
      if (state.confirmed) return refused('too-late', 'The deployment is confirmed: request the next one instead.');
      if (
        plan.policy.robots.some(({ subject }) => subject === actor.subject) &&
        !mayRobotAbort(actor.subject, plan.requester.subject)
      )
        return refused('forbidden', abortsOnlyItsOwn);
      // Repeated messages abort it once.
      return stopping(
        { kind: 'abort', by: actor, reason: message.argument.reason ?? message.argument.statement ?? null },
        ...(state.isAborted ? [] : [{ type: 'abort-requested', by: actor, ...why } as const]),
      );
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
            code: 'note' satisfies DeviationCode,
            severity: message.argument.severity,
            what: message.argument.statement,
            decidedBy: actor.name,
            authority: 'person of the policy',
          },
        )
      );
  }
}

/** The sender as the plan knows them, without roles that they have lost since. */
function personOf({ plan, actor, heldNow = null }: Context): Person | undefined {
  const person = plan.policy.people.find(({ subject }) => subject === actor.subject);
  if (!person || heldNow === null) return person;
  return { ...person, roles: person.roles.filter((role) => heldNow.includes(role)) };
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
