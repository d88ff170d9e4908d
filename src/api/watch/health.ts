import { type HealthSoFar, healthInHeartbeat, noHealth } from '../../domain/health/so-far.ts';
import type { Gateway } from '../../temporal/gateway.ts';
import { createTurns } from './turns.ts';

/** A monitor says so often what it has counted, in milliseconds: nobody gets newer counts by asking sooner. */
const freshMs = 1_000;
const maxAtOnce = 4;
/** Deployments whose counts are remembered at most. */
const maxKept = 1_000;

/**
 * What the health monitor of a deployment has counted. However many ask, Temporal is asked once a second for each of them:
 * it has the monitor's heartbeats, so that neither a workflow nor a worker is asked. Throws `engine-unavailable`.
 */
export function createHealthViews(
  { heard }: Pick<Gateway, 'heard'>,
  now: () => number,
): (id: string) => Promise<HealthSoFar> {
  const inTurn = createTurns(maxAtOnce);
  const kept = new Map<string, { readonly at: number; readonly health: Promise<HealthSoFar> }>();
  const ask = async (id: string) => {
    const last = await inTurn(() => heard(id));
    return (last && healthInHeartbeat(last.heartbeat, last.worker)) ?? noHealth;
  };
  return async (id) => {
    const known = kept.get(id);
    if (known && now() - known.at < freshMs) return known.health;
    const health = ask(id);
    kept.delete(id);
    kept.set(id, { at: now(), health });
    const [oldest] = kept.keys();
    if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest);
    return health;
  };
}
