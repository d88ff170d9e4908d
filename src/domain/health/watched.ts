import type { LatestSample } from '../kinds/adapter.ts';
import type { Plan } from '../plan/plan.ts';

/** A health check that the deployment's monitor watches. */
export type WatchedHealth = ReturnType<typeof watchedOf>[number];

/** The latest sample of each health check, by its id; null: there is none. */
export type WatchReport = { readonly [check: string]: LatestSample | null };

/** The health checks as the monitor of their deployment watches them. */
export function watchedOf({ health }: Pick<Plan, 'health'>) {
  return health.map(({ id, sampling: { timeoutMs } }) => ({ id, sampling: { timeoutMs } }));
}

/** The latest sample of one health check; null where there is none. */
export const latestOf = (report: WatchReport, id: string): LatestSample | null =>
  Object.hasOwn(report, id) ? (report[id] ?? null) : null;
