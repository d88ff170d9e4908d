import type { EntryOf, MonitoredBreach } from '../journal/entries.ts';
import { baselineOf, type WatchReport } from '../journal/health.ts';
import type { PlannedCheck } from '../kinds/adapter.ts';
import type { Plan } from '../plan/plan.ts';
import { verdictOr } from '../plan/waivers.ts';

const startGate = { type: 'gate-evaluated', gate: 'health-at-start', moment: 'grant' } as const;
export const startRequired = 'every health check is good before the first change';

/**
 * The gate of the baseline: samples before the first change. A check that is bad there refuses the start, except where
 * the procedure lets that go, an emergency waives it, or nothing serves yet.
 */
export function startOf(
  plan: Plan,
  report: WatchReport,
): { readonly gate: EntryOf<'gate-evaluated'>; readonly why: string | null } {
  const baseline = baselineOf(plan, report);
  const isGood = (id: string) => baseline.find(({ check }) => check === id)?.verdict === 'passed';
  const bad = plan.health.filter(({ id }) => !isGood(id));
  const refusing = bad.filter(({ sampling }) => sampling.health?.atStart !== 'may-fail');
  const words = (checks: readonly PlannedCheck[]) =>
    checks
      .map(({ id }) => baseline.find(({ check }) => check === id))
      .map((said) => `${said?.check} ${said?.verdict} (${said?.summary})`)
      .join(', ');
  const good = `${plan.health.length - bad.length} of ${plan.health.length} health checks good`;
  const found = bad.length === 0 ? good : `${good}; ${words(bad)}`;
  if (plan.change.initial)
    return {
      gate: { ...startGate, required: startRequired, found: `the first deployment: ${found}`, verdict: 'not-required' },
      why: null,
    };
  const lenient = bad.length > refusing.length ? ', which the procedure lets go' : '';
  const verdict = verdictOr(plan, 'health-at-start', refusing.length === 0);
  return {
    gate: {
      ...startGate,
      required: startRequired,
      found: refusing.length === 0 ? `${found}${lenient}` : found,
      verdict,
    },
    why: verdict === 'failed' ? `not healthy before the first change: ${words(refusing)}` : null,
  };
}

/** The same where a check has failed already. */
export function failedStart({ check, summary }: MonitoredBreach): {
  readonly gate: EntryOf<'gate-evaluated'>;
  readonly why: string;
} {
  const found = `${check}: ${summary}`;
  return {
    gate: { ...startGate, required: startRequired, found, verdict: 'failed' },
    why: `not healthy before the first change: ${found}`,
  };
}
