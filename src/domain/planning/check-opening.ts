import { formatDuration } from '../base/duration.ts';
import { GantryError } from '../base/errors.ts';
import { startExpiry } from '../deployment/start-expiry.ts';
import type { Plan } from '../plan/plan.ts';
import { isWaived } from '../plan/waivers.ts';
import { describeWindows, evaluateWindow } from '../policy/calendar/evaluate-window.ts';
import type { WindowVerdict } from '../policy/windows-schema.ts';

/**
 * Whether a plan that is requested at `now` (milliseconds since the epoch) can ever begin by its own windows. Freezes
 * that people made do not count: they can be lifted. Throws `policy-not-met` when no window leaves the runway, and
 * `limit-exceeded` when the next opening comes too late.
 */
export function checkOpening(plan: Plan, now: number): void {
  if (isWaived(plan, 'window')) return;
  const { policy } = plan;
  const { windows, limits } = policy;
  const pointer = '/environment';
  const verdict = evaluateWindow(windows, [], now);
  if (!windows || verdict.open) return;
  const { opensAt } = verdict;
  const asked = describeWindows(windows);
  if (opensAt === null && hasOpening(evaluateWindow({ ...windows, runwayMs: 0 }, [], now)))
    throw new GantryError('policy-not-met', `No window leaves the runway: ${asked}.`, { pointer });
  const approvedMs = Date.parse(startExpiry(plan, new Date(now).toISOString())) - now;
  const [withinMs, limit] =
    limits.window <= approvedMs
      ? [limits.window, 'the limit window']
      : [approvedMs, 'the time after which approvals expire'];
  const inMs = Date.parse(opensAt ?? 'never') - now;
  // A window that opens at the moment when approvals lapse opens too late.
  if (inMs <= limits.window && inMs < approvedMs) return;
  const next = opensAt === null ? 'none comes within 400 days' : `the next opening is at ${opensAt}`;
  throw new GantryError(
    'limit-exceeded',
    `No window opens within ${formatDuration(withinMs)} (${limit}): ${next}. Windows: ${asked}.`,
    { pointer },
  );
}

const hasOpening = (verdict: WindowVerdict) => verdict.open || verdict.opensAt !== null;
