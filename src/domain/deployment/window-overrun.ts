import type { JournalEntry } from '../journal/entries.ts';
import type { Plan } from '../plan/plan.ts';
import { isWaived } from '../plan/waivers.ts';

/**
 * What a change deviates by whose window closes, or which a freeze comes upon, after its first action: it goes on, and
 * its journal says so once. `why`: what is closed. Null where the window is waived, or the journal says so already.
 */
export function windowOverrun(plan: Plan, journal: readonly JournalEntry[], why: string): string | null {
  return isWaived(plan, 'window') || hasOverrun(journal) ? null : `the window is closed (${why}); went on`;
}

/** Whether a journal says that its change has outlasted its window. */
export function hasOverrun(journal: readonly JournalEntry[]): boolean {
  return journal.some((entry) => entry.type === 'deviation' && entry.code === 'window-overrun');
}
