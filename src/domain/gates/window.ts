import { entriesOf, type JournalEntry } from '../journal/entries.ts';
import type { Plan } from '../plan/plan.ts';
import { isWaived, verdictOr } from '../plan/waivers.ts';
import type { WindowFinding } from '../policy/windows-schema.ts';
import { type Evaluated, evaluated, gate, type KnownWindow } from './gate.ts';

/** Whether it may begin now: a freeze of people holds also where policy names no windows. */
export const window = gate({
  name: 'window',
  title: 'Deployment window',
  absence: ({ policy }, known) => {
    const isAskedFor = policy.windows !== null || known?.window?.open === false || known?.window?.wasHeld === true;
    return isAskedFor ? null : 'the policy names no windows, and no freeze holds';
  },
  evaluate: {
    window: (plan, found) => evaluatedWindow(plan, found.window),
    grant: (plan, found) => evaluatedWindow(plan, found.window),
  },
  /** The deployment waits for its window, so one that is closed now holds it back and does not end it. */
  preview: (plan, { window: { required, why, who, ...finding } }) => {
    if (finding.open)
      return {
        state: 'passed',
        required,
        found: finding.closesAt === null ? why : `${why}, until ${finding.closesAt}`,
      };
    if (isWaived(plan, 'window')) return { state: 'waived', required, found: why };
    const opens = finding.opensAt;
    return { state: 'waiting', required, found: why, opens, ...(who.length === 0 ? {} : { who }) };
  },
  waivedBy: 'window',
});

function evaluatedWindow(plan: Plan, finding: KnownWindow): Evaluated {
  const { required, closesAt } = finding;
  const found = describeWindow(finding);
  if (finding.open) {
    const proof = { kind: 'window', opensAt: null, closesAt, freezes: [] } as const;
    return evaluated({ required, found, verdict: 'passed', proof });
  }
  const { fault, opensAt, freezes = [] } = finding;
  const proof = { kind: 'window', opensAt, closesAt, freezes } as const;
  return evaluated({ required, found, verdict: verdictOr(plan, 'window', false), fault, proof });
}

/** A finding in one line: why, and when that changes. */
export function describeWindow(finding: WindowFinding): string {
  if (finding.open) return finding.why;
  return `${finding.why}; ${finding.opensAt === null ? 'does not open by itself' : `opens ${finding.opensAt}`}`;
}

/** A finding with whether the window was ever found closed before: the record says of such a one that it passed. */
export function windowSince(journal: readonly JournalEntry[], finding: WindowFinding): KnownWindow {
  const wasHeld = entriesOf(journal, 'gate-evaluated').some(
    ({ gate, verdict }) => gate === window.name && (verdict === 'failed' || verdict === 'waived'),
  );
  return { ...finding, wasHeld };
}
