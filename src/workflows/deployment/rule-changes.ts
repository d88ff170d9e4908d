import type { Phase } from '../../domain/base/phases.ts';
import { approversOf } from '../../domain/deployment/approvals.ts';
import { lostWords } from '../../domain/deployment/removed-approvers.ts';
import { hasOverrun, windowOverrun } from '../../domain/deployment/window-overrun.ts';
import type { JournalEntry } from '../../domain/journal/entries.ts';
import { isWaived } from '../../domain/plan/waivers.ts';
import type { MonitorInput, RuleChanges } from '../../domain/ports/observation.ts';
import type { MainScope } from './main-scope.ts';

interface Run extends Pick<MainScope, 'plan' | 'state' | 'append' | 'deviation' | 'stop'> {
  readonly journal: readonly JournalEntry[];
}

/** The rules that a deployment has taken account of; the monitor reports what differs. `isWindowClosed`: it reported that. */
export function knownRules({ plan, journal, state }: Run, isWindowClosed: boolean): MonitorInput['known'] {
  const policies = [
    plan.policy.digest,
    ...journal.flatMap((entry) => (entry.type === 'policy-changed' ? [entry.digest] : [])),
  ];
  const isWindowSettled = isWindowClosed || isWaived(plan, 'window') || hasOverrun(journal);
  const approvers = approversOf(plan, state.approvals);
  return { policies, approvers, window: isWindowSettled ? null : { rules: plan.policy.windows } };
}

/**
 * Journals what has changed; an approval whose person or role is gone rolls the change back. One that came after the policy
 * was read is evaluated by the next reading: the policy may be another by then.
 */
export function applyRuleChanges(run: Run, { policy, windowClosed }: RuleChanges): void {
  // Monitoring may well outlast the window: the actions are over by then.
  if (windowClosed !== null && isActing(run.state.phase)) noteWindowOverrun(run, windowClosed);
  if (!policy) return;
  const { change, lost } = policy;
  const last = run.journal.findLast((entry) => entry.type === 'policy-changed');
  if (last?.digest !== change.digest) run.append({ type: 'policy-changed', ...change });
  if (!lost) return;
  const summary = lostWords(lost);
  run.deviation('approval-lost', 'major', `${summary}; roll back`);
  run.stop({ kind: 'approval-lost', summary });
}

export function noteWindowOverrun(run: Run, why: string, step?: string): void {
  const overrun = windowOverrun(run.plan, run.journal, why);
  if (overrun !== null) run.deviation('window-overrun', 'minor', overrun, step);
}

const isActing = (phase: Phase) => phase === 'executing' || phase === 'validating';
