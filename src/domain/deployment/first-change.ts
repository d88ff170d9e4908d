import type { JournalEntry } from '../journal/entries.ts';
import { isActing, type Plan, stepOf } from '../plan/plan.ts';

/**
 * Whether with this entry something is changed. The first change of a deployment is the `step-started` of its first action
 * or manual step, of a repair that of its first compensation: holds and gates change nothing.
 */
export function isChange(plan: Plan, entry: JournalEntry): boolean {
  if (entry.type === 'step-started') return isActing(stepOf(plan, entry.step));
  return entry.type === 'compensation-started';
}
