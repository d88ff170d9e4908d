import type { EntryOf, GateName } from '../journal/entries.ts';
import type { Plan } from '../plan/plan.ts';
import { isWaived } from '../plan/waivers.ts';
import type { Waivable } from '../policy/emergency.ts';

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
