import { lastEvaluation } from '../gates/evaluate.ts';
import type { GateName } from '../gates/index.ts';
import type { JournalEntry } from '../journal/entries.ts';
import type { Plan } from '../plan/plan.ts';
import { isEmergency } from '../plan/waivers.ts';
import type { EnvironmentRules, Policy } from '../policy/policy.ts';
import type { Waivable } from '../policy/waivable.ts';
import type { FrozenWindows, WindowVerdict } from '../policy/windows-schema.ts';

/** Why a policy would have refused a change that has ended. */
export interface Refusal {
  /** Place in the policy that refuses, as a JSON pointer. */
  readonly rule: string;
  readonly why: string;
}

/** What a change of the past comes to under another policy. */
export interface Evaluation {
  readonly refusals: readonly Refusal[];
  /** Parts of the policy that cannot be evaluated by what was journaled. */
  readonly notEvaluated: readonly string[];
}

/** Whether windows are open at a time (milliseconds since the epoch); the caller brings the calendar. */
export type EvaluateWindow = (rules: FrozenWindows | null, made: readonly never[], now: number) => WindowVerdict;

/** A change that has ended, and the policy that evaluates it. */
export interface Past {
  /** The new policy; its people have the roles that they have for the plan's service. */
  readonly policy: Policy;
  readonly rules: EnvironmentRules;
  /** JSON pointer of the environment's rules. */
  readonly root: string;
  readonly plan: Plan;
  readonly journal: readonly JournalEntry[];
  readonly evaluateWindow: EvaluateWindow;
}

/** One that came to its first step. */
export interface Begun extends Past {
  /** What was journaled before it. */
  readonly before: readonly JournalEntry[];
  /** When it was started, ISO 8601 UTC. */
  readonly beganAt: string;
}

/** The change as it began; null where it ended before its first step. */
export function begunOf(past: Past): Begun | null {
  const first = past.journal.findIndex(({ type }) => type === 'step-started');
  const beganAt = past.journal[first]?.at;
  return beganAt === undefined ? null : { ...past, before: past.journal.slice(0, first), beganAt };
}

/** A refusal by a rule, unless something holds. */
export function refusedUnless(holds: boolean, rule: string, why: string): readonly Refusal[] {
  return holds ? [] : [{ rule, why }];
}

/** All of them in one. */
export function together(...parts: readonly Partial<Evaluation>[]): Evaluation {
  return {
    refusals: parts.flatMap(({ refusals = [] }) => refusals),
    notEvaluated: parts.flatMap(({ notEvaluated = [] }) => notEvaluated),
  };
}

/** How a gate was evaluated last before the first step. */
export function lastGate({ before }: Begun, name: GateName) {
  return lastEvaluation(before, name);
}

/** Whether the new policy waives something for this change. */
export function waives({ rules, plan }: Past, what: Waivable): boolean {
  return isEmergency(plan) && rules.emergency?.waives.includes(what) === true;
}
