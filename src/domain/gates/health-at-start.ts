import { baselineOf, isLenient } from '../health/at-start.ts';
import type { WatchReport } from '../health/watched.ts';
import type { MonitoredBreach } from '../journal/values.ts';
import type { PlannedCheck } from '../kinds/adapter.ts';
import { describeHealthThreshold } from '../kinds/describe.ts';
import { usualHealth } from '../kinds/health-limits.ts';
import type { Plan } from '../plan/plan.ts';
import { verdictOr } from '../plan/waivers.ts';
import { type Evaluated, evaluated, gate } from './gate.ts';

const required = 'every health check is good before the first change';
const notHealthy = (words: string) => `not healthy before the first change: ${words}`;

/**
 * The baseline: samples before the first change. A check that is bad there refuses the start, except where the procedure
 * lets that go, an emergency waives it, or nothing serves yet.
 */
export const healthAtStart = gate({
  name: 'health-at-start',
  title: 'Healthy before the change',
  absence: ({ change }, known) => {
    const hasFailed = known?.health !== undefined && isBreach(known.health);
    return change.initial && !hasFailed ? 'nothing serves before the first deployment' : null;
  },
  evaluate: {
    grant: (plan, { health }) => (isBreach(health) ? evaluatedBreach(health) : evaluatedBaseline(plan, health)),
    breach: (_, { health }) => evaluatedBreach(health),
  },
  /** With the threshold of each health check in words. */
  preview: ({ health }) => ({ state: 'waiting', required, found: `not measured yet: ${thresholdsOf(health)}` }),
  waivedBy: 'health-at-start',
});

function thresholdsOf(health: readonly PlannedCheck[]): string {
  return health
    .map((check) => {
      const { id, sampling } = check;
      return `${id} (${describeHealthThreshold(check, sampling.health ?? usualHealth(sampling))})`;
    })
    .join(', ');
}

const isBreach = (health: WatchReport | MonitoredBreach): health is MonitoredBreach =>
  typeof health['check'] === 'string';

function evaluatedBaseline(plan: Plan, report: WatchReport): Evaluated {
  const baseline = baselineOf(plan, report);
  const isGood = (id: string) => baseline.find(({ check }) => check === id)?.verdict === 'passed';
  const bad = plan.health.filter(({ id }) => !isGood(id));
  const refusing = bad.filter(({ sampling }) => !isLenient(sampling.health));
  const words = (checks: readonly PlannedCheck[]) =>
    checks
      .map(({ id }) => baseline.find(({ check }) => check === id))
      .map((said) => `${said?.check} ${said?.verdict} (${said?.summary})`)
      .join(', ');
  const good = `${plan.health.length - bad.length} of ${plan.health.length} health checks good`;
  const found = bad.length === 0 ? good : `${good}; ${words(bad)}`;
  const verdict = verdictOr(plan, 'health-at-start', refusing.length === 0);
  if (verdict === 'failed') return evaluated({ required, found, verdict }, notHealthy(words(refusing)));
  const lenient = refusing.length === 0 && bad.length > 0 ? ', which the procedure lets go' : '';
  return evaluated({ required, found: `${found}${lenient}`, verdict });
}

/** A check that has failed already, as its monitor told it. */
function evaluatedBreach({ check, summary }: MonitoredBreach): Evaluated {
  const found = `${check}: ${summary}`;
  return evaluated({ required, found, verdict: 'failed' }, notHealthy(found));
}
