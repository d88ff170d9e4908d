import { type Outcome, type Phase } from '../base/phases.ts';
import { type Subject } from '../base/subject.ts';
import type { Actor, Wait } from '../journal/values.ts';
import { type MessageName, messageAuthority, messageNames } from '../messages/messages.ts';
import { phaseTable } from '../messages/phase-table.ts';
import { describeUndo, undoOf } from '../plan/compensations.ts';
import { type Plan, stepOf } from '../plan/plan.ts';
import { isEmergency } from '../plan/waivers.ts';
import { mayHaveActed } from './attempts.ts';
import { decide } from './decide.ts';
import type { DeploymentState, StepState } from './state.ts';
import { missingIn } from './wanted.ts';

/** The status of a deployment as the API answers it. */
export interface Status {
  readonly id: string;
  readonly workflowId: string;
  readonly number: number;
  readonly mode: Plan['mode'];
  readonly service: string;
  readonly environment: string;
  readonly release: string;
  readonly artifact: { readonly uri: string; readonly digest: string };
  readonly planDigest: string;
  readonly requester: Subject;
  readonly requestedAt: string;
  readonly type: Plan['change']['type'];
  /** What must be seen first of all. */
  readonly label: 'EMERGENCY' | null;
  readonly phase: Phase;
  readonly outcome: Outcome | null;
  readonly cause: string | null;
  readonly paused: boolean;
  readonly waitingFor: readonly (Wait & {
    readonly since: string;
    readonly missing?: readonly { readonly role: string; readonly minimum: number }[];
    readonly who?: readonly string[];
    /** The deployment that holds the target. */
    readonly behind?: string;
  })[];
  readonly steps: readonly StepState[];
  readonly approvals: readonly {
    readonly by: Actor;
    readonly gate: string;
    readonly role: string;
    readonly at: string;
  }[];
  readonly health: DeploymentState['health'];
  readonly review: DeploymentState['review'];
  /** What an abort would run now, in order. */
  readonly ifAborted: readonly { readonly step: string; readonly undo: string }[];
  /** Messages that it would take of the viewer now, and `resolve` where the target is left to an operator. */
  readonly can: readonly (MessageName | 'resolve')[];
  readonly seq: number;
  readonly links: Readonly<Record<string, string>>;
  /** What to do next, where that is not what one would think. */
  readonly hint?: string;
}

interface Identity {
  readonly id: string;
  readonly workflowId: string;
  readonly number: number;
}

/** The status, for the person or robot `viewer` who asks (it decides what `can` holds). */
export function statusOf(
  plan: Plan,
  planDigest: string,
  state: DeploymentState,
  identity: Identity,
  viewer: string | null,
): Status {
  const base = `/v1/deployments/${identity.id}`;
  return {
    ...identity,
    mode: plan.mode,
    service: plan.service,
    environment: plan.environment,
    release: plan.release,
    artifact: plan.artifact,
    planDigest,
    requester: plan.requester,
    requestedAt: state.requestedAt,
    type: plan.change.type,
    label: isEmergency(plan) ? 'EMERGENCY' : null,
    phase: state.phase,
    outcome: state.outcome,
    cause: state.cause ? describeCause(state.cause) : null,
    paused: state.paused !== null,
    waitingFor: state.waits.map((wait) => ({ ...wait, ...missingIn(plan, state, wait) })),
    steps: state.steps,
    approvals: state.approvals.map(({ by, gate, role, at }) => ({ by, gate, role, at })),
    health: state.health,
    review: state.review,
    ifAborted: outstandingSteps(plan, state).flatMap((id) => {
      const undo = undoOf(stepOf(plan, id));
      return undo ? [{ step: id, undo: describeUndo(undo, state.bindings) }] : [];
    }),
    can: viewer === null ? [] : messageNames.filter((name) => mightSend(plan, planDigest, state, name, viewer)),
    seq: state.seq,
    links: {
      self: base,
      journal: `${base}/journal`,
      plan: `${base}/plan`,
      record: `${base}/record`,
    },
  };
}

/** Steps that may have had an effect and were not undone, the last one first: what a rollback runs. */
export function outstandingSteps(plan: Plan, state: DeploymentState): readonly string[] {
  if (state.confirmed) return [];
  return state.steps
    .map(({ id }) => id)
    .filter(
      (id) => undoOf(stepOf(plan, id)) !== null && mayHaveActed(state.attempts, id) && !state.compensated.includes(id),
    )
    .reverse();
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
  // Its target takes a note for a deployment that has ended.
  if (name === 'note' && state.outcome !== null) return plan.policy.people.some(({ subject }) => subject === viewer);
  if (phaseTable[name][state.phase] !== 'accepted') return false;
  const person = plan.policy.people.find(({ subject }) => subject === viewer);
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
