import type { DeploymentRun } from '../run.ts';

/** No policy names windows yet; the record says so. */
export async function awaitingWindow(run: DeploymentRun): Promise<void> {
  run.enter('awaiting-window');
  run.append({
    type: 'gate-evaluated',
    gate: 'window',
    moment: 'window',
    required: 'nothing',
    found: 'not asked for',
    verdict: 'not-required',
  });
}
