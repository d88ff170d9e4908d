import type { Phase } from '../../domain/base/phases.ts';
import { approversOf, lostAmong, lostWords } from '../../domain/deployment/approvals.ts';
import type { JournalEntry } from '../../domain/journal/entries.ts';
import { isWaived } from '../../domain/plan/waivers.ts';
import type { MonitorInput, RuleChanges } from '../../domain/ports/observation.ts';
import type { MainScope } from './main-scope.ts';

interface Heard extends Pick<MainScope, 'plan' | 'state' | 'append' | 'deviation' | 'stop'> {
  readonly journal: readonly JournalEntry[];
}

/** What a deployment has heard of policy and window so far; `hasHeardOfWindow`: that it is closed. */
export function knownTo({ plan, journal, state }: Heard, hasHeardOfWindow: boolean): MonitorInput['known'] {
  const policies = [
    plan.policy.digest,
    ...journal.flatMap((entry) => (entry.type === 'policy-changed' ? [entry.digest] : [])),
  ];
  const isTold = hasHeardOfWindow || isWaived(plan, 'window') || hasOverrunEntry(journal);
  const approvers = approversOf(plan, state.approvals);
  return { policies, approvers, window: isTold ? null : { rules: plan.policy.windows } };
}

/** Journals what is new; an approval whose person or role is gone rolls the change back. */
export function hear(run: Heard, { policy, windowClosed }: RuleChanges): void {
  // A monitoring period may well outlast its window: what is to be done is done.
  if (windowClosed !== null && isActing(run.state.phase)) windowOverran(run, windowClosed);
  if (!policy) return;
  const { change, removed } = policy;
  const lost = policy.lost ?? lostAmong(run.plan, run.state.approvals, removed)[0];
  run.append({ type: 'policy-changed', ...change });
  if (!lost) return;
  const summary = lostWords(lost);
  run.deviation('approval-lost', 'major', `${summary}; roll back`);
  run.stop({ kind: 'approval-lost', summary });
}

/** A window or a freeze that comes after the first change holds nothing back; it is told once. */
export function windowOverran(run: Heard, why: string, step?: string): void {
  if (isWaived(run.plan, 'window') || hasOverrunEntry(run.journal)) return;
  run.deviation('window-overrun', 'minor', `the window is closed (${why}); went on`, step);
}

const isActing = (phase: Phase) => phase === 'executing' || phase === 'validating';

function hasOverrunEntry(journal: Heard['journal']): boolean {
  return journal.some((entry) => entry.type === 'deviation' && entry.code === 'window-overrun');
}
