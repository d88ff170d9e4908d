import { pick } from '../base/pick.ts';
import type { DeploymentRow } from '../journal/batch.ts';
import type { Actor } from '../journal/values.ts';
import type { Wait } from '../journal/waits.ts';
import { type MessageName, messageNames } from '../messages/messages.ts';
import { phaseTable } from '../messages/phase-table.ts';
import { messageAuthority } from '../messages/who-may-send.ts';
import { describeUndo } from '../plan/compensations.ts';
import { onBehalfOf } from '../plan/person-behind-robot.ts';
import type { Plan } from '../plan/plan.ts';
import { isEmergency } from '../plan/waivers.ts';
import type { Rule } from '../policy/quorum.ts';
import { decide } from './decide-message.ts';
import { missingIn } from './missing-people.ts';
import { outstandingSteps } from './rollback-order.ts';
import type { Approval, DeploymentState } from './state.ts';

/** The status of a deployment as the API answers it. */
export interface Status
  extends Pick<DeploymentRow, 'id' | 'workflowId' | 'number'>,
    Pick<Plan, 'mode' | 'service' | 'environment' | 'release' | 'artifact' | 'requester'>,
    Pick<DeploymentState, 'requestedAt' | 'phase' | 'outcome' | 'steps' | 'health' | 'review' | 'seq'> {
  readonly planDigest: string;
  /** The person for whom a robot requested it. */
  readonly onBehalfOf: Plan['requester'] | null;
  readonly type: Plan['change']['type'];
  /** What must be seen first of all. */
  readonly label: 'EMERGENCY' | null;
  readonly cause: string | null;
  readonly paused: boolean;
  readonly waitingFor: readonly (Wait & {
    readonly since: string;
    readonly missing?: readonly Rule[];
    readonly who?: readonly string[];
    /** The deployment that holds the target. */
    readonly behind?: string;
  })[];
  readonly approvals: readonly Omit<Approval, 'expiresAt'>[];
  /** What an abort would run now, in order. */
  readonly ifAborted: readonly { readonly step: string; readonly undo: string }[];
  /** Messages that it would take of the viewer now, and `resolve` where the target is left to an operator. */
  readonly can: readonly (MessageName | 'resolve')[];
  readonly links: Readonly<Record<string, string>>;
  /** What to do next, where that is not what one would think. */
  readonly hint?: string;
}

/** The status, for the person or robot `viewer` who asks (it decides what `can` holds). */
export function statusOf(
  plan: Plan,
  planDigest: string,
  state: DeploymentState,
  identity: Pick<Status, 'id' | 'workflowId' | 'number'>,
  viewer: string | null,
): Status {
  const base = `/v1/deployments/${identity.id}`;
  return {
    ...identity,
    ...pick(plan, 'mode', 'service', 'environment', 'release', 'artifact', 'requester'),
    ...pick(state, 'requestedAt', 'phase', 'outcome', 'steps', 'health', 'review', 'seq'),
    planDigest,
    onBehalfOf: onBehalfOf(plan),
    type: plan.change.type,
    label: isEmergency(plan) ? 'EMERGENCY' : null,
    cause: state.cause ? describeCause(state.cause) : null,
    paused: state.paused !== null,
    waitingFor: state.waits.map((wait) => ({ ...wait, ...missingIn(plan, state, wait) })),
    approvals: state.approvals.map((one) => pick(one, 'by', 'gate', 'role', 'at')),
    ifAborted: outstandingSteps(plan, state).map(({ id, undo }) => ({
      step: id,
      undo: describeUndo(undo, state.bindings),
    })),
    can: viewer === null ? [] : messageNames.filter((name) => mightSend(plan, planDigest, state, name, viewer)),
    links: { self: base, journal: `${base}/journal`, plan: `${base}/plan`, record: `${base}/record` },
  };
}

function knownSince({ verifiedAt }: Actor): string {
  return verifiedAt === undefined ? '' : ` (whose key the store last vouched for at ${verifiedAt})`;
}

/** A cause in one line, for people. */
export function describeCause(cause: NonNullable<DeploymentState['cause']>): string {
  switch (cause.kind) {
    case 'abort':
      return `aborted by ${cause.by.name}${knownSince(cause.by)}${cause.reason === null ? '' : `: ${cause.reason}`}`;
    case 'cancelled':
      return 'cancelled in Temporal';
    case 'breach':
      return `health check ${cause.check} breached: ${cause.summary}`;
    case 'superseded':
      return `superseded by ${cause.by}`;
    case 'rehearsal':
      return 'rehearsal: rolled back on purpose';
    case 'step-failed':
      return `step ${cause.step} failed: ${cause.summary}`;
    case 'rejected':
    case 'expired':
    case 'validation-failed':
    case 'approval-lost':
    case 'overrun':
    case 'error':
      return cause.summary;
  }
}

/** Whether a person is one of those who may resolve the plan's target. */
export function mayResolve({ policy }: Plan, viewer: string): boolean {
  const person = policy.people.find(({ subject }) => subject === viewer);
  return person?.roles.some((role) => policy.operators.includes(role)) ?? false;
}

/** Whether some message of this name from this viewer would be accepted now. */
function mightSend(plan: Plan, planDigest: string, state: DeploymentState, name: MessageName, viewer: string): boolean {
  const person = plan.policy.people.find(({ subject }) => subject === viewer);
  // The target accepts notes on a deployment that has ended.
  if (name === 'note' && state.outcome !== null) return person !== undefined;
  if (phaseTable[name][state.phase] !== 'accepted') return false;
  const actor: Actor = { subject: viewer, name: person?.name ?? viewer, via: 'api', identity: 'verified' };
  const accepts = (message: Parameters<typeof decide>[1]) =>
    decide({ plan, planDigest, state, actor }, message).kind === 'accepted';
  const mayTry = person !== undefined || (messageAuthority[name] === 'anyone' && plan.requester.subject === viewer);
  if (!mayTry) return false;
  const gates = [
    'start',
    ...state.waits.flatMap(({ kind, step }) => (kind === 'gate' && step !== undefined ? [step] : [])),
  ];
  switch (name) {
    case 'approve':
    case 'reject':
      return gates.some((gate) =>
        person?.roles.some((role) => accepts({ name, argument: { by: viewer, planDigest, gate, role } })),
      );
    case 'withdraw':
      return gates.some((gate) => accepts({ name, argument: { by: viewer, planDigest, gate } }));
    case 'acknowledge':
      return (['readiness', 'handoff', 'page'] as const).some((what) =>
        accepts({ name, argument: { by: viewer, for: what } }),
      );
    case 'complete-step':
      return state.waits.some(
        ({ kind, step }) =>
          kind === 'manual' && step !== undefined && accepts({ name, argument: { by: viewer, step, result: 'done' } }),
      );
    case 'pause':
    case 'resume':
    case 'abort':
      return accepts({ name, argument: { by: viewer } });
    case 'note':
      return accepts({ name, argument: { by: viewer, severity: 'minor', statement: '–' } });
  }
}
