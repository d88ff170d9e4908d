import { pauseFor } from '../adapters/clock.ts';
import { removedSince } from '../domain/approvals.ts';
import { policyChange } from '../domain/policy/policy-change.ts';
import type { MonitorInput, News } from '../domain/ports/observation.ts';
import type { ActivityDeps } from './deps.ts';
import { lostApprover } from './guard.ts';
import { windowNow } from './window.ts';

/** How often policy and window are looked at, in milliseconds. */
const everyMs = 1_000;

/**
 * Waits, beside a health monitor, until the policy is one that the deployment has not heard of, or its window closes.
 * Null once `signal` ends it. A store or a policy that says nothing is asked again: it is no reason to stop a change.
 */
export async function untilNews(
  deps: ActivityDeps,
  { lease, planDigest, known }: Pick<MonitorInput, 'lease' | 'planDigest' | 'known'>,
  signal: AbortSignal,
): Promise<News | null> {
  if (!known) return null;
  while (!signal.aborted) {
    try {
      const news = { policy: await policyNews(deps, { lease, planDigest }, known), windowClosed: null };
      const windowClosed = known.window ? await closedSince(deps, lease, known.window) : null;
      if (news.policy || windowClosed) return { ...news, windowClosed };
    } catch {
      // asked again
    }
    await pauseFor(everyMs, signal);
  }
  return null;
}

async function policyNews(
  { policy, store, now }: ActivityDeps,
  { lease: { target }, planDigest }: Pick<MonitorInput, 'lease' | 'planDigest'>,
  { policies, approvers }: NonNullable<MonitorInput['known']>,
): Promise<News['policy']> {
  const read = await policy.read();
  // One that was there before may be back, and with it people may be gone again.
  const lost = lostApprover(read.policy, target, approvers) ?? null;
  if (policies.includes(read.digest) && !lost) return null;
  const plan = await store.plan(planDigest);
  return plan && { change: policyChange(plan, read, now()), removed: removedSince(plan, read.policy), lost };
}

async function closedSince(
  deps: ActivityDeps,
  { target }: MonitorInput['lease'],
  { rules }: { readonly rules: Parameters<typeof windowNow>[1]['windows'] },
): Promise<string | null> {
  const [service = '', environment = ''] = target.split('/');
  // What has begun needs no runway any more.
  const found = await windowNow(deps, { service, environment, windows: rules && { ...rules, runwayMs: 0 } });
  return found.open ? null : found.why;
}
