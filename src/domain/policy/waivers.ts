import type { EntryOf, GateName } from '../journal.ts';
import type { Plan } from '../plan.ts';

/** What a policy may waive for an emergency; nothing else ever is. */
export const waivable = [
  'window',
  'evidence-age',
  'rehearsal-age',
  'quorum',
  'rollback-checks',
  'health-at-start',
] as const;
export type Waivable = (typeof waivable)[number];

/** An emergency's rules as a plan freezes them. */
export interface Emergency {
  readonly role: string;
  readonly waives: readonly Waivable[];
  /** The approval rules that hold for everything else. */
  readonly quorum: readonly { readonly role: string; readonly minimum: number }[];
  /** From the end of a deployment that changed something, in milliseconds. */
  readonly reviewWithinMs: number;
  /** Whether an overdue review keeps normal and standard changes from the target. */
  readonly blocksNext: boolean;
}

/** Whether a plan is an emergency. Its repair undoes it, and is none itself. */
export function isEmergency({ change, repair }: Pick<Plan, 'change' | 'repair'>): boolean {
  return change.type === 'emergency' && repair === null;
}

/** The one place that says what is waived: only for an emergency, and only what its policy lists. */
export function isWaived(plan: Pick<Plan, 'change' | 'repair' | 'policy'>, what: Waivable): boolean {
  return isEmergency(plan) && plan.policy.emergency?.waives.includes(what) === true;
}

/** The verdict of a gate that failed or passed, where policy may waive a failure for an emergency. */
export function verdictOr(plan: Plan, what: Waivable, isPassed: boolean): 'passed' | 'failed' | 'waived' {
  return isPassed ? 'passed' : isWaived(plan, what) ? 'waived' : 'failed';
}

/** What must be waived for a gate to count without having passed; null for one that nothing waives. */
function waiverOf(gate: GateName): Waivable | null {
  if (gate.startsWith('stage-')) return 'evidence-age';
  if (gate === 'rehearsal') return 'rehearsal-age';
  // Whether a check answers at all, and whether what it says is good.
  if (gate === 'health-answers') return 'health-at-start';
  return gate === 'window' || gate === 'rollback-checks' || gate === 'health-at-start' ? gate : null;
}

/** Whether a gate that was journaled as waived may count: a stage and a rehearsal only for their age. */
export function isRightlyWaived(plan: Plan, { gate, verdict, fault }: EntryOf<'gate-evaluated'>): boolean {
  const what = waiverOf(gate);
  if (verdict !== 'waived' || what === null || !isWaived(plan, what)) return false;
  return (what !== 'evidence-age' && what !== 'rehearsal-age') || fault === 'too-old';
}
