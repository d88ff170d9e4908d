import { canonicalJson } from '../../domain/base/canonical-json.ts';
import type { ErrorCode } from '../../domain/base/error-codes.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { parseTarget } from '../../domain/base/ids.ts';
import { nameSchema } from '../../domain/base/text-schemas.ts';
import { pageAbout } from '../../domain/deployment/notification-words.ts';
import { rulesFor } from '../../domain/policy/policy.ts';
import type { ActivityDeps } from '../deps.ts';

const minuteMs = 60_000;

/** One alarm for a target and code is enough for so long, in milliseconds; a flood must not drown the rest. */
const quietMs = minuteMs;

/** The same for one that reached nobody, in milliseconds. */
const unheardMs = 10_000;
const raised = new WeakMap<ActivityDeps, Map<string, number>>();

interface Alarm {
  /** `service/environment`, as the caller claims. */
  readonly target: string;
  readonly code: ErrorCode;
  readonly detail: string;
}

/**
 * Stores a security alert and pages whom this worker's own policy names: the stakeholders of a forged plan do not
 * count. Never throws: the refusal stands whether or not the page reaches anybody.
 */
export async function raiseAlarm(deps: ActivityDeps, { target, code, detail }: Alarm): Promise<void> {
  const before = raised.get(deps) ?? new Map<string, number>();
  raised.set(deps, before);
  // The caller chooses its target: those that do not exist share one alarm.
  const key = (await isKnown(deps, target)) ? `${target} ${code}` : code;
  if (deps.now() - (before.get(key) ?? Number.NEGATIVE_INFINITY) < quietMs) return;
  before.set(key, deps.now());
  const at = new Date(deps.now()).toISOString();
  const said = { target: target.slice(0, 127), code, detail: detail.slice(0, 500) };
  const [, paged] = await Promise.allSettled([
    deps.store.addAlert({ at, ...said, worker: deps.worker }),
    pagePolicy(deps, { target: said.target, subject: `Page: security, ${said.target}`, text: said.detail }),
  ]);
  // What reached nobody is paged again soon, whenever it is tried again.
  if (paged.status === 'rejected' || !paged.value) before.set(key, deps.now() - quietMs + unheardMs);
}

/** Raises an alarm and answers the error to throw for it. */
export async function alarmed(deps: ActivityDeps, alarm: Alarm): Promise<GantryError> {
  await raiseAlarm(deps, alarm);
  return new GantryError(alarm.code, alarm.detail);
}

/** Whether there is such a target. No, while the store does not answer. */
async function isKnown({ store }: ActivityDeps, target: string): Promise<boolean> {
  const { service, environment } = parseTarget(target);
  if (![service, environment].every((name) => nameSchema.safeParse(name).success)) return false;
  try {
    return (await store.target(service, environment)) !== null;
  } catch {
    return false;
  }
}

/**
 * Pages whom the worker's own policy names for a target's environment; of one that it does not know, everybody's. By all
 * their ways at once: whatever is wrong may be what would bring a second round. Answers whether somebody was reached.
 */
export async function pagePolicy(
  { policy, notify, now }: Pick<ActivityDeps, 'policy' | 'notify' | 'now'>,
  { target, subject, text }: { readonly target: string; readonly subject: string; readonly text: string },
): Promise<boolean> {
  const known = (await policy.read()).policy;
  const own = rulesFor(known, parseTarget(target));
  const paged = (own ? [own] : Object.values(known.environments))
    .flatMap((rules) => rules.stakeholders)
    .filter(({ on }) => on.includes('page'));
  // Somebody whom several environments name is notified once.
  const to = [...new Map(paged.map(({ on, ...who }) => [canonicalJson(who), { ...who, on }])).values()];
  // Repeated by Temporal within the minute, it is the same page.
  const occurrence = String(Math.floor(now() / minuteMs));
  const at = new Date(now()).toISOString();
  const deliveries = await notify({ notification: pageAbout(target, { subject, text, occurrence, at }), to });
  return deliveries.some(({ delivered }) => delivered);
}
