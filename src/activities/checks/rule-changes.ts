import { pauseFor } from '../../adapters/clock.ts';
import { removedSince } from '../../domain/deployment/approvals.ts';
import { policyChange } from '../../domain/planning/policy-change.ts';
import { judgeWindow } from '../../domain/policy/calendar/judge-window.ts';
import type { MonitorInput, News } from '../../domain/ports/observation.ts';
import type { ActivityDeps } from '../deps.ts';
import { lostApprover } from '../effects/guard.ts';
import { planOf } from '../journal/plans.ts';
import type { Outlook } from './outlook.ts';

/** What could not be looked at is looked at again after so long, in milliseconds. */
const againAfterMs = 1_000;

/** A window without an end in sight is judged again after so long. */
const judgedForMs = 3_600_000;

type PolicyRead = Awaited<ReturnType<Outlook['policy']>>;

/**
 * Waits, beside a health monitor, until the policy is one that the deployment has not heard of, or its window closes.
 * Null once `signal` ends it. A store or a policy that says nothing is asked again: it is no reason to stop a change.
 */
export async function untilNews(
  deps: Pick<ActivityDeps, 'store' | 'histories' | 'now'>,
  outlook: Outlook,
  { lease, planDigest, known }: Pick<MonitorInput, 'lease' | 'planDigest' | 'known'>,
  signal: AbortSignal,
): Promise<News | null> {
  if (!known) return null;
  const closedSince = known.window ? closingOf(outlook, deps.now, lease, known.window) : async () => null;
  while (!signal.aborted) {
    try {
      const [policy, windowClosed] = await Promise.all([
        outlook.policy().then((read) => policyNews(deps, read, { lease, planDigest }, known)),
        closedSince(),
      ]);
      if (policy || windowClosed) return { policy, windowClosed };
    } catch {
      await pauseFor(againAfterMs, signal);
    }
  }
  return null;
}

async function policyNews(
  deps: Pick<ActivityDeps, 'store' | 'histories' | 'now'>,
  read: PolicyRead,
  { lease: { deployment, target }, planDigest }: Pick<MonitorInput, 'lease' | 'planDigest'>,
  { policies, approvers }: NonNullable<MonitorInput['known']>,
): Promise<News['policy']> {
  // One that was there before may be back, and with it people may be gone again.
  const lost = lostApprover(read.policy, target, approvers) ?? null;
  if (policies.includes(read.digest) && !lost) return null;
  const plan = await planOf(deps, deployment, planDigest);
  return plan && { change: policyChange(plan, read, deps.now()), removed: removedSince(plan, read.policy), lost };
}

/** Answers, asked again and again, why the window is closed by now; null while it is open. */
function closingOf(
  outlook: Outlook,
  now: ActivityDeps['now'],
  { target }: MonitorInput['lease'],
  { rules }: NonNullable<NonNullable<MonitorInput['known']>['window']>,
): () => Promise<string | null> {
  const [service = '', environment = ''] = target.split('/');
  // What has begun needs no runway any more.
  const windows = rules && { ...rules, runwayMs: 0 };
  let open = { by: '', until: 0 };
  return async () => {
    const freezes = await outlook.freezesOf(service, environment);
    const by = freezes.map(({ id }) => id).join(' ');
    // Time zones take their time: nothing but a freeze closes it before it closes by itself.
    if (by === open.by && now() < open.until) return null;
    const found = judgeWindow(windows, freezes, now());
    if (!found.open) return found.why;
    open = { by, until: found.closesAt === null ? now() + judgedForMs : Date.parse(found.closesAt) };
    return null;
  };
}
