import { CancellationScope } from '@temporalio/workflow';
import { isApproved } from '../../../domain/deployment/approvals.ts';
import { startExpiry } from '../../../domain/deployment/start-expiry.ts';
import { describeWindow, windowSince } from '../../../domain/gates/window.ts';
import { isWaived } from '../../../domain/plan/waivers.ts';
import type { WindowFinding } from '../../../domain/policy/windows-schema.ts';
import { awaitWindow } from '../../engine/bounds-by-plan.ts';
import { Stopped } from '../../engine/stopped.ts';
import { journalGates } from '../journal-gates.ts';
import type { DeploymentRun } from '../run.ts';

/** That it was closed so long ago, in milliseconds, still counts. */
const freshMs = 1_000;

/** Waits until the window is open. Answers false when an approval lapsed meanwhile. */
export async function awaitingWindow(run: DeploymentRun): Promise<boolean> {
  const { plan, journal } = run;
  run.append({ type: 'phase-entered', phase: 'awaiting-window' });
  const expiresAt = Date.parse(startExpiry(plan, run.state.requestedAt));
  const until = Math.min(Date.now() + plan.policy.limits.window, expiresAt);
  let found = fresh(run) ?? (await awaitWindow(0, question(run, null)));
  run.throwIfStopped();
  while (!found.open && !isWaived(plan, 'window')) {
    run.findBy('awaiting-window');
    journalGates(run, 'window', { window: windowSince(journal, found) });
    const changed = await changeOf(run, found, until);
    if (!isStillApproved(run)) return false;
    if (!changed) throw new Stopped({ kind: 'expired', summary: `no window opened in time: ${describeWindow(found)}` });
    found = changed;
  }
  // Where it was open at once, no search could have found it by this phase.
  journalGates(run, 'window', { window: windowSince(journal, found) });
  return true;
}

const isStillApproved = ({ plan, state }: DeploymentRun) => isApproved(plan, state.approvals, 'start');

/**
 * What was found before, as far as it still counts. One that was open is so until it closes: whatever else has come
 * meanwhile, such as a freeze, the grant of the lock finds, before anything is changed.
 */
function fresh({ window }: DeploymentRun): WindowFinding | null {
  if (!window) return null;
  const { finding, at } = window;
  const now = Date.now();
  const isOpen = finding.open && (finding.closesAt === null || now < Date.parse(finding.closesAt));
  return isOpen || now - at <= freshMs ? finding : null;
}

function question({ plan }: DeploymentRun, known: WindowFinding | null) {
  const { service, environment, policy } = plan;
  return { service, environment, windows: policy.windows, known };
}

/** Waits armed for another finding; null when none came in time, or an approval lapsed. */
async function changeOf(run: DeploymentRun, known: WindowFinding, until: number): Promise<WindowFinding | null> {
  let answer: WindowFinding | null = null;
  let fault: unknown = null;
  const withinMs = until - Date.now();
  const asking = new CancellationScope();
  const asked = asking
    .run(() => awaitWindow(withinMs, question(run, known)))
    .then(
      (found) => {
        answer = found;
      },
      (error: unknown) => {
        fault = error;
      },
    );
  try {
    const wait = { kind: 'window', then: 'expires', reason: describeWindow(known) } as const;
    await run.wait(wait, withinMs, () => answer !== null || fault !== null || !isStillApproved(run));
    if (fault !== null) throw fault as Error;
    return answer;
  } finally {
    asking.cancel();
    await asked;
  }
}
