import { pauseFor } from '../../adapters/clock.ts';
import { parseTarget } from '../../domain/base/ids.ts';
import { lostApprover } from '../../domain/deployment/removed-approvers.ts';
import { policyChange } from '../../domain/planning/policy-change.ts';
import { evaluateWindow } from '../../domain/policy/calendar/evaluate-window.ts';
import type { MonitorInput, RuleChanges } from '../../domain/ports/observation.ts';
import type { ActivityDeps } from '../deps.ts';
import { planOf } from '../journal/plans.ts';
import type { CurrentRules } from './current-rules.ts';

/** What could not be read is read again after so long, in milliseconds. */
const againAfterMs = 1_000;

/** A window without an end in sight is evaluated again after so long. */
const evaluatedForMs = 3_600_000;

type PolicyRead = Awaited<ReturnType<CurrentRules['policy']>>;

/**
 * Waits, beside a health monitor, until the policy is one that the deployment has not taken account of, or its window closes.
 * Null once `signal` ends it. A store or a policy that does not answer is asked again: it is no reason to stop a change.
 */
export async function untilRuleChange(
  deps: Pick<ActivityDeps, 'store' | 'histories' | 'now'>,
  currentRules: CurrentRules,
  { runIdentity, planDigest, known }: Pick<MonitorInput, 'runIdentity' | 'planDigest' | 'known'>,
  signal: AbortSignal,
): Promise<RuleChanges | null> {
  if (!known) return null;
  const closedSince = known.window ? closingOf(currentRules, deps.now, runIdentity, known.window) : async () => null;
  while (!signal.aborted) {
    try {
      const [policy, windowClosed] = await Promise.all([
        currentRules.policy().then((read) => policyChanges(deps, read, { runIdentity, planDigest }, known)),
        closedSince(),
      ]);
      if (policy || windowClosed) return { policy, windowClosed };
    } catch {
      await pauseFor(againAfterMs, signal);
    }
  }
  return null;
}

async function policyChanges(
  deps: Pick<ActivityDeps, 'store' | 'histories' | 'now'>,
  read: PolicyRead,
  { runIdentity: { deployment, target }, planDigest }: Pick<MonitorInput, 'runIdentity' | 'planDigest'>,
  { policies, approvers }: NonNullable<MonitorInput['known']>,
): Promise<RuleChanges['policy']> {
  // One that was there before may be back, and with it people may be gone again.
  const lost = lostApprover(read.policy, target, approvers) ?? null;
  if (policies.includes(read.digest) && !lost) return null;
  const plan = await planOf(deps, deployment, planDigest);
  return plan && { change: policyChange(plan, read, deps.now()), lost };
}

/** Answers, asked again and again, why the window is closed by now; null while it is open. */
function closingOf(
  currentRules: CurrentRules,
  now: ActivityDeps['now'],
  { target }: MonitorInput['runIdentity'],
  { rules }: NonNullable<NonNullable<MonitorInput['known']>['window']>,
): () => Promise<string | null> {
  const { service, environment } = parseTarget(target);
  // What has begun needs no runway any more.
  const windows = rules && { ...rules, runwayMs: 0 };
  let open = { by: '', until: 0 };
  return async () => {
    const freezes = await currentRules.freezesOf(service, environment);
    const by = freezes.map(({ id }) => id).join(' ');
    // Time zones take their time: nothing but a freeze closes it before it closes by itself.
    if (by === open.by && now() < open.until) return null;
    const found = evaluateWindow(windows, freezes, now());
    if (!found.open) return found.why;
    open = { by, until: found.closesAt === null ? now() + evaluatedForMs : Date.parse(found.closesAt) };
    return null;
  };
}
