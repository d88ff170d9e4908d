import type { ErrorCode } from '../domain/errors.ts';
import type { ActivityDeps } from './deps.ts';

/** One alarm for a target and code says all there is to say for so long, in milliseconds; a flood must not drown the rest. */
const quietMs = 60_000;
const raised = new WeakMap<ActivityDeps, Map<string, number>>();

interface Alarm {
  /** `service/environment`, as whoever tried it says. */
  readonly target: string;
  readonly code: ErrorCode;
  readonly detail: string;
}

/**
 * Stores a security alert and pages whom this worker's own policy names: what a forged plan says of its stakeholders
 * counts for nothing. Never throws: the refusal stands whether or not anybody hears of it.
 */
export async function raiseAlarm(deps: ActivityDeps, { target, code, detail }: Alarm): Promise<void> {
  const before = raised.get(deps) ?? new Map<string, number>();
  raised.set(deps, before);
  // Whoever raises it chooses its target: those that policy does not know share one.
  const { environments } = (await deps.policy.read()).policy;
  const isKnown = Object.hasOwn(environments, target.slice(target.indexOf('/') + 1));
  const key = isKnown && target.length <= 127 ? `${target} ${code}` : code;
  if (deps.now() - (before.get(key) ?? Number.NEGATIVE_INFINITY) < quietMs) return;
  before.set(key, deps.now());
  const at = new Date(deps.now()).toISOString();
  await Promise.allSettled([
    deps.store.addAlert({ at, target: target.slice(0, 127), code, detail: detail.slice(0, 500), worker: deps.worker }),
    page(deps, target, detail),
  ]);
}

async function page({ policy, notify }: ActivityDeps, target: string, detail: string): Promise<void> {
  const { environments } = (await policy.read()).policy;
  const own = environments[target.slice(target.indexOf('/') + 1)];
  const stakeholders = (own ? [own] : Object.values(environments))
    .flatMap((rules) => rules.stakeholders)
    .filter(({ on }) => on.includes('page'));
  const subject = `Page: security, ${target}`;
  await notify({ deployment: target, event: 'page', stakeholders, subject, text: detail });
}
