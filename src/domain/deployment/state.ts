import type { Outcome, Phase } from '../base/phases.ts';
import { pick } from '../base/pick.ts';
import type { Entry, JournalEntry } from '../journal/entries.ts';
import type { Actor, HealthSummary, StopCause } from '../journal/values.ts';
import type { Wait } from '../journal/waits.ts';
import type { Verdict } from '../kinds/adapter.ts';
import type { Bindings } from '../plan/bindings.ts';
import { type Plan } from '../plan/plan.ts';
import type { Served } from '../plan/references.ts';
import { type Attempts, withAttempt } from './attempt-ends.ts';
import { isChange } from './first-change.ts';

export interface StepState {
  readonly id: string;
  readonly title: string;
  /** `cut-short`: under way when the deployment was stopped; nothing of it has failed. */
  readonly state: 'pending' | 'running' | 'verifying' | 'passed' | 'failed' | 'cut-short' | 'undone';
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly attempts: number;
}

export type Approval = Pick<Entry<'approval-granted'>, 'by' | 'gate' | 'role' | 'at' | 'expiresAt'>;

/** Where a deployment stands: a fold of its journal, the same wherever it is computed. */
export interface DeploymentState {
  readonly seq: number;
  readonly deployment: string;
  readonly requestedAt: string;
  readonly phase: Phase;
  readonly outcome: Outcome | null;
  readonly cause: StopCause | null;
  /** Somebody asked for a stop between steps. */
  readonly paused: { readonly by: Actor; readonly since: string; readonly reason: string | null } | null;
  /** How long pauses have held it so far, in milliseconds: all of them share one limit. */
  readonly pausedMs: number;
  /** Somebody has aborted it; once is enough. */
  readonly isAborted: boolean;
  /** How many of a message were accepted, by message and by message and sender: see `tooMany`. */
  readonly taken: Readonly<Record<string, number>>;
  /** The first action has started. */
  readonly hasChanged: boolean;
  readonly confirmed: Served | null;
  readonly approvals: readonly Approval[];
  readonly acknowledged: readonly Pick<Entry<'acknowledged'>, 'for' | 'role' | 'by' | 'at'>[];
  /** Pages that nobody has acknowledged yet, by their names. */
  readonly openPages: readonly string[];
  readonly steps: readonly StepState[];
  readonly attempts: Attempts;
  /** Steps whose compensation is over: undone, not there to be undone, or without anything to undo. */
  readonly compensated: readonly string[];
  /** Steps that a person reported on. */
  readonly reports: Readonly<Record<string, 'passed' | 'failed'>>;
  readonly bindings: Bindings | null;
  readonly waits: readonly (Wait & { readonly since: string })[];
  readonly health: readonly { readonly id: string; readonly verdict: Verdict | 'watching'; readonly at: string }[];
  readonly rolledBackBecause: StopCause | null;
  /** Of an emergency that changed something. */
  readonly review: {
    readonly dueAt: string;
    readonly closed: { readonly by: Actor; readonly at: string } | null;
  } | null;
}

export function initialState(plan: Plan): DeploymentState {
  return {
    seq: 0,
    deployment: '',
    requestedAt: '',
    phase: 'verifying',
    outcome: null,
    cause: null,
    paused: null,
    pausedMs: 0,
    isAborted: false,
    taken: {},
    hasChanged: false,
    confirmed: null,
    approvals: [],
    acknowledged: [],
    openPages: [],
    steps: plan.steps.map(({ id, title }) => ({
      id,
      title,
      state: 'pending',
      startedAt: null,
      endedAt: null,
      attempts: 0,
    })),
    attempts: {},
    compensated: [],
    reports: {},
    bindings: null,
    waits: [],
    health: [],
    rolledBackBecause: null,
    review: null,
  };
}

/** The state after one more entry. */
export function applyEntry(plan: Plan, state: DeploymentState, entry: JournalEntry): DeploymentState {
  const attempts = withAttempt(state.attempts, entry);
  return { ...state, ...changeBy(plan, state, entry), attempts, seq: entry.seq };
}

/** The state after a whole journal. */
export function stateOf(plan: Plan, journal: readonly JournalEntry[]): DeploymentState {
  return journal.reduce((state, entry) => applyEntry(plan, state, entry), initialState(plan));
}

function changeBy(plan: Plan, state: DeploymentState, entry: JournalEntry): Partial<DeploymentState> {
  switch (entry.type) {
    case 'requested':
      return { deployment: entry.deployment, requestedAt: entry.at };
    case 'phase-entered':
      return { phase: entry.phase, waits: [] };
    case 'waiting-started':
      return { waits: [...state.waits, { ...entry.wait, since: entry.at }] };
    case 'waiting-ended':
      return {
        waits: state.waits.filter(({ kind }) => kind !== entry.kind),
        ...(entry.kind === 'pause' ? { pausedMs: state.pausedMs + pausedUntil(state, entry.at) } : {}),
      };
    case 'approval-granted':
      return {
        approvals: [...state.approvals, pick(entry, 'by', 'gate', 'role', 'at', 'expiresAt')],
        taken: withOneMore(state.taken, `approve ${entry.gate}`, entry.by),
      };
    case 'approval-withdrawn':
      return { approvals: without(state.approvals, entry.by.subject, entry.gate) };
    case 'approval-lapsed':
      return { approvals: without(state.approvals, entry.subject, entry.gate) };
    case 'acknowledged':
      return {
        acknowledged: [...state.acknowledged, pick(entry, 'for', 'role', 'by', 'at')],
        ...(entry.for === 'page' ? { openPages: [] } : {}),
      };
    case 'page-opened':
      return { openPages: [...state.openPages, entry.page] };
    case 'page-ended':
      return { openPages: state.openPages.filter((page) => page !== entry.page) };
    case 'paused':
      return {
        paused: { by: entry.by, since: entry.at, reason: entry.reason ?? null },
        taken: withOneMore(state.taken, 'pause', entry.by),
      };
    case 'resumed':
      return { paused: null };
    case 'abort-requested':
      return { isAborted: true };
    case 'note-added':
      return { taken: withOneMore(state.taken, 'note', entry.by) };
    case 'lock-granted':
      return { bindings: entry.bindings };
    case 'step-started':
      return {
        hasChanged: state.hasChanged || isChange(plan, entry),
        steps: withStep(state, entry.step, (known) => ({
          state: 'running',
          startedAt: known.startedAt ?? entry.at,
          attempts: entry.attempt,
        })),
      };
    case 'action-completed':
      return entry.outcome.kind === 'completed'
        ? { steps: withStep(state, entry.step, (known) => (isUnderWay(known) ? { state: 'verifying' } : {})) }
        : {};
    case 'step-completed':
      return {
        steps: withStep(state, entry.step, () => ({ state: entry.result, endedAt: entry.at })),
        reports: entry.by ? { ...state.reports, [entry.step]: entry.result } : state.reports,
      };
    case 'health-started':
      return { health: entry.checks.map((id) => ({ id, verdict: 'watching', at: entry.at })) };
    case 'health-breached':
      return { health: withHealth(state.health, entry.at, entry) };
    case 'health-observed':
      return { health: entry.summaries.reduce((health, one) => withHealth(health, entry.at, one), state.health) };
    case 'rollback-started':
      return {
        rolledBackBecause: entry.cause,
        // A rollback does not wait for people.
        paused: null,
        steps: cutShort(state, entry.at),
      };
    case 'compensation-started':
      return { hasChanged: state.hasChanged || isChange(plan, entry) };
    case 'compensation-completed':
      if (entry.result === 'failed') return {};
      return {
        compensated: [...state.compensated, entry.step],
        // What was not there, or needs no undo, has not been undone.
        ...(entry.result === 'done'
          ? { steps: withStep(state, entry.step, () => ({ state: 'undone', endedAt: entry.at })) }
          : {}),
      };
    case 'confirmed':
      return { confirmed: pick(entry, 'live', 'slot') };
    case 'review-opened':
      return { review: { dueAt: entry.dueAt, closed: null } };
    case 'review-closed':
      return { review: state.review && { ...state.review, closed: pick(entry, 'by', 'at') } };
    case 'ended':
      return {
        outcome: entry.outcome,
        cause: entry.cause,
        phase: 'ended',
        waits: [],
        paused: null,
        steps: cutShort(state, entry.at),
      };
    case 'plan-frozen':
    case 'gate-evaluated':
    case 'policy-changed':
    case 'message-refused':
    case 'security-alert':
    case 'rejected':
    case 'lock-requested':
    case 'lock-released':
    case 'attempt-lost':
    case 'attempt-not-begun':
    case 'read-back':
    case 'check-completed':
    case 'rollback-completed':
    case 'deviation':
    case 'notified':
    case 'configuration-read':
    case 'document-written':
    case 'document-failed':
    case 'document-pending':
    case 'delivery-ended':
    case 'record-published':
      return {};
  }
}

const isUnderWay = ({ state }: StepState) => state === 'running' || state === 'verifying';

/** Steps as they stand once no other entry can end them. What changes nothing stays the same value. */
function cutShort({ steps }: DeploymentState, at: string): readonly StepState[] {
  return steps.some(isUnderWay)
    ? steps.map((step) => (isUnderWay(step) ? { ...step, state: 'cut-short', endedAt: at } : step))
    : steps;
}

/** How long the pause that ends at `at` has held it, in milliseconds. */
function pausedUntil({ waits }: DeploymentState, at: string): number {
  const pause = waits.find(({ kind }) => kind === 'pause');
  return pause ? Math.max(0, Date.parse(at) - Date.parse(pause.since)) : 0;
}

/** The key under which a sender's messages are counted. */
export const takenBy = (what: string, subject: string) => `${what} by ${subject}`;

function withOneMore(taken: DeploymentState['taken'], what: string, { subject }: Actor): DeploymentState['taken'] {
  const own = takenBy(what, subject);
  return { ...taken, [what]: (taken[what] ?? 0) + 1, [own]: (taken[own] ?? 0) + 1 };
}

function without(approvals: readonly Approval[], subject: string, gate: string): readonly Approval[] {
  return approvals.filter((approval) => approval.by.subject !== subject || approval.gate !== gate);
}

function withStep({ steps }: DeploymentState, id: string, change: (known: StepState) => Partial<StepState>) {
  return steps.map((step) => (step.id === id ? { ...step, ...change(step) } : step));
}

type Health = DeploymentState['health'];

function withHealth(
  health: Health,
  at: string,
  { check: id, verdict }: Pick<HealthSummary, 'check' | 'verdict'>,
): Health {
  return health.map((known) => (known.id === id ? { id, verdict, at } : known));
}
