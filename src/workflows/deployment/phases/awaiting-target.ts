import { isApproved } from '../../../domain/deployment/approvals.ts';
import { goingOn } from '../../../domain/deployment/go-on-or-back.ts';
import { lapsedBy } from '../../../domain/deployment/removed-approvers.ts';
import { startExpiry } from '../../../domain/deployment/start-expiry.ts';
import { liveReleaseFault } from '../../../domain/gates/live-release.ts';
import { rollbackChecks } from '../../../domain/gates/rollback-checks.ts';
import { windowSince } from '../../../domain/gates/window.ts';
import { watchedOf } from '../../../domain/health/watched.ts';
import { bindingsFor } from '../../../domain/plan/bindings.ts';
import { isWaived } from '../../../domain/plan/waivers.ts';
import { evaluateGates } from '../../engine/bounds-by-plan.ts';
import { Stopped } from '../../engine/stopped.ts';
import { withFirstSamples } from '../first-samples.ts';
import { journalGates } from '../journal-gates.ts';
import { askForLock, leaveTarget, refuseGrant, unconfirmed } from '../notify-target.ts';
import { checksOfPlan, journalChecks } from '../observe.ts';
import type { DeploymentRun } from '../run.ts';
import { journalPolicy } from './verifying.ts';

/**
 * Waits for the target's lock and evaluates everything once more when it is granted. Answers whether the deployment may go
 * on, or to what it must go back: its approvers or the window; the lock is free again then.
 */
export async function awaitingTarget(run: DeploymentRun): Promise<'go-on' | 'approval' | 'window'> {
  run.enter('awaiting-target');
  const { plan } = run;
  const approved = () => isApproved(plan, run.state.approvals, 'start');
  const expiresAt = Date.parse(startExpiry(plan, run.state.requestedAt));
  const limitMs = Math.min(plan.policy.limits.target, expiresAt - Date.now());
  const until = Date.now() + limitMs;
  run.append({ type: 'lock-requested', until: new Date(until).toISOString() });
  run.grant = null;
  await askForLock(run);
  const isInTime = await run.wait(
    { kind: 'target', then: 'expires' },
    until - Date.now(),
    () => run.grant !== null || !approved(),
  );
  if (!isInTime) throw new Stopped({ kind: 'expired', summary: 'the target was not free in time' });
  if (!approved()) return goBack(run, 'approval withdrawn', 'approval');
  await bindLock(run);
  const evaluated = await withFirstSamples(run, until, () => evaluateAgain(run));
  if (evaluated === 'not-granted') return askAgain(run);
  const found = { hasLapsed: evaluated === 'lapsed', isOpen: run.window?.finding.open === true };
  const going = goingOn(plan, run.state, found, Date.now());
  if (going.to === 'expired') throw new Stopped({ kind: 'expired', summary: going.why });
  if (going.to !== 'go-on') return goBack(run, going.why, going.to);
  // Nothing is awaited from here to the first step, which changes something: what was evaluated still holds then.
  run.monitor.begun();
  return going.to;
}

async function goBack<To extends 'approval' | 'window'>(run: DeploymentRun, why: string, to: To): Promise<To> {
  run.monitor.dismiss();
  await leaveTarget(run, null);
  run.append({ type: 'lock-released', why });
  return to;
}

/** The grant did not come from the target. Nothing is held while the deployment may have to wait. */
async function askAgain(run: DeploymentRun): Promise<'window'> {
  run.monitor.dismiss();
  await leaveTarget(run, null);
  const isBearable = refuseGrant(run);
  run.append({ type: 'lock-released', why: 'the target does not confirm it' });
  // A flood of them ends here, where nothing has been changed.
  if (isBearable) return 'window';
  throw new Stopped({ kind: 'error', code: 'unproven-message', summary: `again and again ${unconfirmed}` });
}

/** Binds what the target really serves; a plan that speaks of a live release needs one. */
async function bindLock(run: DeploymentRun): Promise<void> {
  const { grant, plan } = run;
  if (!grant) throw new Stopped({ kind: 'error', code: 'internal', summary: 'the lock came without a grant' });
  const bindings = bindingsFor(plan, run.id, grant.fence, grant.live, grant.slot);
  run.append({ type: 'lock-granted', fence: grant.fence, bindings });
  const unknown = journalGates(run, 'lock', grant);
  const fault = liveReleaseFault(plan, grant);
  if (fault !== null) throw new Stopped({ kind: 'error', code: 'no-live-release', summary: fault });
  if (unknown.length > 0) throw new Stopped({ kind: 'rejected', summary: unknown.join('; ') });
}

/** The grant itself, evidence, approvals, the window and the way back, as they are now. */
async function evaluateAgain(run: DeploymentRun): Promise<'sound' | 'lapsed' | 'not-granted' | 'unwatched'> {
  const { plan, grant } = run;
  // What need not pass in an emergency gets one sample and is not waited for.
  const once = isWaived(plan, 'rollback-checks');
  const observe = rollbackChecks.absence(plan) === null ? checksOfPlan(run, plan.rollback.verify, once) : null;
  const evaluated = await evaluateGates('Evaluate the evidence again; is there a release to return to?', {
    ...run.sealedPlan,
    observe,
    notify: null,
    ask: null,
    grant,
    watched: watchedOf(plan),
  });
  const previous = observe && evaluated.observed;
  run.window = { finding: evaluated.window, at: Date.now() };
  run.throwIfStopped();
  if (!evaluated.isGranted) return 'not-granted';
  if (evaluated.overdue !== null) throw new Stopped({ kind: 'rejected', summary: evaluated.overdue });
  if (evaluated.watch === null && !run.monitor.isBad) return 'unwatched';
  journalPolicy(run, evaluated.policy);
  if (previous) journalChecks(run, previous, { for: 'grant' });
  const faults = journalGates(run, 'grant', {
    ...evaluated,
    rollback: previous?.results ?? [],
    health: run.monitor.baseline(evaluated.watch ?? {}),
    window: windowSince(run.journal, evaluated.window),
  });
  if (evaluated.standing) throw new Stopped(evaluated.standing);
  if (faults.length > 0) throw new Stopped({ kind: 'rejected', summary: `not met at the grant: ${faults.join('; ')}` });
  const lapsed = lapsedBy(run.state.approvals, evaluated.removed);
  for (const { by, gate } of lapsed)
    run.append({
      type: 'approval-lapsed',
      subject: by.subject,
      gate,
      why: 'person or role is no longer in the policy',
    });
  return lapsed.length > 0 ? 'lapsed' : 'sound';
}
