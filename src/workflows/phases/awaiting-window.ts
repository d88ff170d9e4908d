import type { DeploymentRun } from '../run.ts';

/** No policy names windows yet; the record says so. */
export async function awaitingWindow(run: DeploymentRun): Promise<void> {
  // It passes at once, so nobody could find it by this phase.
  run.append({ type: 'phase-entered', phase: 'awaiting-window' });
  run.append({
    type: 'gate-evaluated',
    gate: 'window',
    moment: 'window',
    required: 'nothing',
    found: 'not asked for',
    verdict: 'not-required',
  });
}
