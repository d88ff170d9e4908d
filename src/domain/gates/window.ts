import { type EntryOf, entriesOf, type JournalEntry } from '../journal/entries.ts';
import type { Plan } from '../plan/plan.ts';
import { verdictOr } from '../plan/waivers.ts';
import type { WindowFinding } from '../policy/windows.ts';

/** A finding in one line: why, and when that changes. */
export function describeWindow(finding: WindowFinding): string {
  if (finding.open) return finding.why;
  return `${finding.why}; ${finding.opensAt === null ? 'does not open by itself' : `opens ${finding.opensAt}`}`;
}

/** The gate `window` as a finding evaluates it. Where nothing is asked for and nothing ever held, the record says so. */
export function windowGate(
  plan: Plan,
  journal: readonly JournalEntry[],
  finding: WindowFinding,
  moment: 'window' | 'grant',
): EntryOf<'gate-evaluated'> {
  const gate = { type: 'gate-evaluated', gate: 'window', moment } as const;
  const isAskedFor = plan.policy.windows || entriesOf(journal, 'gate-evaluated').some(isHeld);
  if (finding.open && !isAskedFor)
    return { ...gate, required: 'nothing', found: 'not asked for', verdict: 'not-required' };
  const { required } = finding;
  const found = describeWindow(finding);
  const { closesAt } = finding;
  if (finding.open)
    return {
      ...gate,
      required,
      found,
      verdict: 'passed',
      proof: { kind: 'window', opensAt: null, closesAt, freezes: [] },
    };
  const { fault, opensAt, freezes = [] } = finding;
  const proof = { kind: 'window', opensAt, closesAt, freezes } as const;
  return { ...gate, required, found, verdict: verdictOr(plan, 'window', false), fault, proof };
}

const isHeld = ({ gate, verdict }: EntryOf<'gate-evaluated'>) =>
  gate === 'window' && (verdict === 'failed' || verdict === 'waived');
