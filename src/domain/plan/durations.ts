import type { PlannedCheck } from '../kinds/adapter.ts';
import { allCompensations } from './compensations.ts';
import { type ActionStep, checksOf, type Plan, type PlannedStep } from './plan.ts';
import { settleMsOf } from './settling-time.ts';

/** So many checks of one list are measured at once. */
export const checksAtOnce = 8;

// Upper bounds, in milliseconds, made of the times that the plan and the policy themselves set.

/** Each sample may take its whole time; the last one of a check that is tried `within` a time begins at its end. */
const checkMs = ({ sampling: { withinMs, count, intervalMs, timeoutMs } }: PlannedCheck) =>
  withinMs > 0 ? withinMs + timeoutMs : count * timeoutMs + (count - 1) * intervalMs;
const max = (values: readonly number[]) => Math.max(0, ...values);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Checks of one list run side by side, as many as are measured at once; the others wait for one that has ended. */
export function checksMsOf(checks: readonly PlannedCheck[]): number {
  return Math.ceil(checks.length / checksAtOnce) * max(checks.map(checkMs));
}

/** Reading an effect back: as many samples as must agree, and where it settles one more that is under way at its end. */
export function readBackMsOf({ sampling: { count, intervalMs, timeoutMs } }: PlannedCheck, settleMs: number): number {
  const settling = settleMs > 0 ? settleMs + timeoutMs : 0;
  return settling + count * timeoutMs + (count - 1) * intervalMs;
}

/** Checks that must go on passing for a time, and one more sample of each at its end. */
export function holdMsOf(checks: readonly PlannedCheck[], holdMs: number): number {
  const round = max(checks.map(({ sampling }) => sampling.timeoutMs));
  return holdMs === 0 ? 0 : holdMs + Math.ceil(checks.length / checksAtOnce) * round;
}

/** A step with all its attempts, each read back and backed off, and its verify checks. */
export function stepMsOf(step: ActionStep): number {
  const attempt = step.do.timeoutMs + (step.done ? readBackMsOf(step.done, settleMsOf(step)) : 0);
  return (
    step.retry.attempts * attempt + (step.retry.attempts - 1) * step.retry.backoffMs + checksMsOf(checksOf(step.verify))
  );
}

/** What machines may take in `executing`: actions and holds. People have limits of their own. */
export function executingMsOf(steps: readonly PlannedStep[]): number {
  return sum(
    steps.map((step) => (step.kind === 'action' ? stepMsOf(step) : step.kind === 'hold' ? step.durationMs : 0)),
  );
}

/** What people may take in `executing`: gates and manual steps. */
export function peopleMsOf(steps: readonly PlannedStep[]): number {
  return sum(steps.map((step) => (step.kind === 'gate' || step.kind === 'manual' ? step.withinMs : 0)));
}

/** Every compensation with all its attempts, each read back first, and the rollback checks, which then hold. */
export function rollbackMsOf(plan: Pick<Plan, 'steps' | 'rollback'>): number {
  const undos = allCompensations(plan).map(({ undo, done, settleMs }) => {
    const readBack = done ? readBackMsOf(done, settleMs) : 0;
    return undo.kind === 'action' ? undo.attempts * (undo.action.timeoutMs + readBack) : 0;
  });
  const { verify, settleMs } = plan.rollback;
  return sum(undos) + checksMsOf(verify) + holdMsOf(verify, settleMs);
}

/** Limit of reading the configuration once, in milliseconds; beyond it the keys count as unreadable. */
export const readingMs = 30_000;

/** How long the end of a deployment waits for documents that are being written, in milliseconds. */
export const documentsMs = 3_000;

/** The maximum time of a deployment from request to end, whatever happens, while workers live. */
export function maxDurationOf(plan: Plan): number {
  const { limits, approvals, readiness, standing } = plan.policy;
  const waiting = (standing ? limits.window : approvals.expireAfterMs) + limits.target;
  const before = limits.notification + (readiness?.withinMs ?? 0) + waiting;
  const executing = limits.executing + peopleMsOf(plan.steps) + limits.pause;
  const validating = sum(Object.values(plan.validation).map((group) => checksMsOf(checksOf(group))));
  const { periodMs, handoff } = plan.monitoring;
  const after = plan.mode === 'rehearsal' ? 0 : periodMs + (handoff?.withinMs ?? 0);
  // Before the first change it is read within the time of `executing`.
  const documenting = (plan.configuration ? 2 * readingMs : 0) + (plan.documents ? documentsMs : 0);
  return before + executing + validating + after + rollbackMsOf(plan) + documenting;
}
