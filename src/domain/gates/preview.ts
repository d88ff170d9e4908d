import { excludedFrom, rulesOf } from '../deployment/approvals.ts';
import type { StageFault, StageFinding } from '../evidence/evidence.ts';
import type { GateName } from '../journal/entries.ts';
import { describeHealthThreshold } from '../kinds/describe.ts';
import { usualHealth } from '../kinds/health-window.ts';
import type { ManualStep, Plan } from '../plan/plan.ts';
import type { LiveRelease } from '../plan/references.ts';
import { isWaived } from '../plan/waivers.ts';
import type { Person } from '../policy/people.ts';
import { type Fillable, fillable, type Rule, shortOf } from '../policy/quorum.ts';
import { onCallWords, type Readiness } from '../policy/readiness.ts';
import type { WindowFinding } from '../policy/windows.ts';
import type { RehearsalFinding } from '../rehearsal/evaluate.ts';
import type { OverdueReview } from '../target/reviews.ts';
import { type CouldGive, whoCouldProve } from './could-give.ts';
import { startRequired } from './health-at-start.ts';
import { liveReleaseGate as judgeLiveRelease } from './live-release.ts';

/** A gate as far as it can be told before anything is requested. */
export interface PreviewedGate {
  /** A step that waits for people goes by its id. */
  readonly gate: GateName | (string & {});
  /**
   * `blocked`: a request made now would end here. `waiting`: people have yet to speak, or only the deployment itself
   * can evaluate it. `waived`: it does not pass, and need not in this emergency. `not-required`: nothing asks for it, which
   * is not the same as passed.
   */
  readonly state: 'passed' | 'waived' | 'waiting' | 'blocked' | 'not-required';
  readonly required: string;
  readonly found?: string;
  /** Who has yet to speak, by role. */
  readonly missing?: readonly Rule[];
  /** Who could give it, each for one of the roles: holders who neither requested nor wrote the change. */
  readonly who?: readonly CouldGive[];
  /** Why evidence does not count, in a word. */
  readonly fault?: StageFault;
  /** Why it is blocked. */
  readonly reason?: string;
  /** When it opens next, ISO 8601 UTC, for a gate that time opens; null: never, as far as can be seen. */
  readonly opens?: string | null;
}

/** What is known beside the plan. */
export interface GateFacts {
  readonly stages: readonly StageFinding[];
  readonly rehearsal: RehearsalFinding & {
    /** Signed by a key that is not known here: only a worker that has it can tell whether it is true. */
    readonly isUnverified: boolean;
    /** Who could request one. */
    readonly who: readonly CouldGive[];
  };
  /** Whether it could begin now, and who could lift the freezes that hold. */
  readonly window: WindowFinding & { readonly who: readonly CouldGive[] };
  /** What keeps it away until somebody has closed it; null: nothing does. */
  readonly review: OverdueReview | null;
  /** What the target serves. */
  readonly served: { readonly live: LiveRelease | null; readonly slot: string | null };
}

/** Every gate of a plan, in the order of the process. */
export function previewGates(
  plan: Plan,
  { stages, rehearsal, served, window, review }: GateFacts,
): readonly PreviewedGate[] {
  return [
    ...(review === null ? [] : [reviewGate(plan, review)]),
    ...stages.map((finding) => stageGate(plan, finding)),
    rehearsalGate(plan, rehearsal),
    {
      gate: 'health-answers',
      state: 'waiting',
      required: 'every health check answers',
      found: 'not asked yet: the deployment asks each of them first of all',
    },
    {
      gate: 'notified',
      state: 'waiting',
      required: 'stakeholders told of the request',
      found: 'not told yet: the deployment tells them first of all',
    },
    readinessGate(plan),
    approvalGate(plan),
    windowGate(plan, window),
    liveReleaseGate(plan, served),
    rollbackGate(plan),
    healthGate(plan),
    ...plan.steps.flatMap((step) => {
      if (step.kind === 'gate') return [quorumGate(plan, step.id, step.id)];
      return step.kind === 'manual' ? [manualGate(plan, step)] : [];
    }),
  ];
}

function stageGate(plan: Plan, { stage, verdict, required, found, fault }: StageFinding): PreviewedGate {
  const gate = { gate: `stage-${stage}`, required, found } as const;
  if (verdict !== 'failed') return { ...gate, state: verdict };
  return {
    ...gate,
    state: 'blocked',
    reason: found,
    who: whoCouldProve(plan, stage),
    ...(fault === null ? {} : { fault }),
  };
}

function rehearsalGate({ policy }: Plan, finding: GateFacts['rehearsal']): PreviewedGate {
  const { verdict, required, found, isUnverified, who } = finding;
  const gate = { gate: 'rehearsal', required, found } as const;
  if (verdict === 'passed' && isUnverified)
    return { ...gate, state: 'waiting', found: `${found}: it counts unless a worker that has the key finds it false` };
  if (verdict !== 'failed') return { ...gate, state: verdict };
  const how = `request one: "mode": "rehearsal", "environment": "${policy.rehearsal?.environment ?? ''}"`;
  return { ...gate, state: 'blocked', reason: `${found}; ${how}`, who };
}

function readinessGate({ policy }: Plan): PreviewedGate {
  const { readiness, people } = policy;
  if (!readiness) return { gate: 'readiness', state: 'not-required', required: 'nothing', found: 'not asked for' };
  if (readiness.roles.length === 0)
    return { gate: 'readiness', state: 'passed', required: 'nobody is asked', found: onCall(readiness) };
  const rules = readiness.roles.map((role) => ({ role, minimum: 1 }));
  const could = fillable(rules, people, new Set());
  // Whoever has several of the roles speaks for all of them.
  const gate = waitingFor(
    'readiness',
    could,
    could.filter(({ who }) => who.length === 0),
    people,
  );
  return readiness.onCall.length === 0 ? gate : { ...gate, found: onCall(readiness) };
}

const onCall = ({ onCall: standing }: Readiness) => standing.map(onCallWords).join('; ');

/** A standard change stands on an approval that was given before. */
function approvalGate(plan: Plan): PreviewedGate {
  const { standing } = plan.policy;
  if (!standing) return quorumGate(plan, 'approval', 'start');
  const by = standing.approvedBy.map(({ subject, role }) => `${subject} as ${role}`).join(', ');
  const required = `a standing approval of procedure ${standing.digest}`;
  return { gate: 'approval', state: 'passed', required, found: `by ${by}, until ${standing.until}` };
}

/** The approval of the start, or a gate step: one person fills one rule, and nobody their own change. */
function quorumGate(plan: Plan, gate: string, name: string): PreviewedGate {
  const could = fillable(rulesOf(plan, name), plan.policy.people, excludedFrom(plan));
  return waitingFor(gate, could, shortOf(could), plan.policy.people);
}

function manualGate({ policy }: Plan, { id, role }: ManualStep): PreviewedGate {
  const could = fillable([{ role, minimum: 1 }], policy.people, new Set());
  return waitingFor(
    id,
    could,
    could.filter(({ who }) => who.length === 0),
    policy.people,
  );
}

function waitingFor(
  gate: string,
  could: readonly Fillable[],
  short: readonly Rule[],
  people: readonly Person[],
): PreviewedGate {
  const asked = {
    gate,
    required: could.map(({ role, minimum }) => `${minimum} ${role}`).join(', '),
    missing: could.map(({ role, minimum }) => ({ role, minimum })),
    who: could.flatMap(({ role, who }) => who.map(({ subject, name }) => ({ subject, name, role }))),
  };
  if (short.length === 0) return { ...asked, state: 'waiting' };
  return { ...asked, state: 'blocked', reason: short.map((rule) => whyShort(rule, could, people)).join('; ') };
}

/** Why a rule cannot be filled even if everybody spoke who could. */
function whyShort({ role, minimum }: Rule, could: readonly Fillable[], people: readonly Person[]): string {
  const rule = could.find((one) => one.role === role);
  if (rule && rule.who.length >= rule.minimum)
    return `${minimum} more ${role} would be needed: one person fills one rule`;
  if (rule && rule.who.length > 0) return `only ${rule.who.length} of ${rule.minimum} ${role} could give it`;
  return people.some(({ roles }) => roles.includes(role))
    ? `nobody could give it: whoever has the role ${role} requested or wrote this change`
    : `nobody could give it: nobody has the role ${role}`;
}

/** Only there while it keeps a change away. It is closed by operators, save those who requested or wrote the emergency. */
function reviewGate(plan: Plan, { why, excluded }: OverdueReview): PreviewedGate {
  const required = 'no review of an emergency is overdue';
  const who = operatorsOf(plan, new Set(excluded));
  return { gate: 'review', state: 'blocked', required, found: why, reason: why, who };
}

/** The deployment waits for its window, so one that is closed now holds it back and does not end it. */
function windowGate(plan: Plan, { required, why, who, ...window }: GateFacts['window']): PreviewedGate {
  const gate = { gate: 'window', required } as const;
  if (!window.open)
    return isWaived(plan, 'window')
      ? { ...gate, state: 'waived', found: why }
      : { ...gate, state: 'waiting', found: why, opens: window.opensAt, ...(who.length === 0 ? {} : { who }) };
  if (!plan.policy.windows)
    return { ...gate, state: 'not-required', found: 'the policy names no windows, and no freeze holds' };
  return { ...gate, state: 'passed', found: window.closesAt === null ? why : `${why}, until ${window.closesAt}` };
}

function liveReleaseGate(plan: Plan, served: GateFacts['served']): PreviewedGate {
  const { required, found, verdict } = judgeLiveRelease(plan, served);
  if (verdict !== 'failed') return { gate: 'live-release', state: verdict, required, found };
  return { gate: 'live-release', state: 'blocked', required, found, reason: found, who: operatorsOf(plan, new Set()) };
}

function operatorsOf({ policy }: Plan, excluded: ReadonlySet<string>): readonly CouldGive[] {
  const operators = policy.operators.map((role) => ({ role, minimum: 1 }));
  return fillable(operators, policy.people, excluded).flatMap(({ role, who }) =>
    who.map(({ subject, name }) => ({ subject, name, role })),
  );
}

function rollbackGate({ change }: Plan): PreviewedGate {
  const gate = { gate: 'rollback-checks', required: 'what a rollback returns to is there' } as const;
  return change.initial
    ? { ...gate, state: 'not-required', found: 'the first deployment has nothing to return to' }
    : { ...gate, state: 'waiting', found: 'not measured yet: the deployment does so once it holds the target' };
}

/** The baseline, with the threshold of each health check in words. */
function healthGate({ change, health }: Plan): PreviewedGate {
  const gate = { gate: 'health-at-start', required: startRequired } as const;
  const thresholds = health.map((check) => {
    const { id, sampling } = check;
    return `${id} (${describeHealthThreshold(check, sampling.health ?? usualHealth(sampling))})`;
  });
  return change.initial
    ? { ...gate, state: 'not-required', found: `nothing serves yet; then watched: ${thresholds.join(', ')}` }
    : { ...gate, state: 'waiting', found: `not measured yet: ${thresholds.join(', ')}` };
}
