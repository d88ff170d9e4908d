import { formatDuration } from '../../../domain/base/duration.ts';
import { unacknowledged } from '../../../domain/deployment/acknowledgements.ts';
import { notify } from '../notify.ts';
import type { DeploymentRun } from '../run.ts';

/** Support takes over. It holds nothing: late is paged and noted, never undone. */
export async function handingOver(run: DeploymentRun): Promise<void> {
  const { handoff } = run.plan.monitoring;
  if (!handoff) return;
  const isTaken = () => unacknowledged(run.plan, run.state, 'handoff').length === 0;
  run.enter('handing-over');
  const wait = { kind: 'handoff', then: 'pages', role: handoff.role } as const;
  // They were asked at the beginning of monitoring, and are reminded.
  if (await run.wait(wait, handoff.withinMs, isTaken, true)) return;
  const what = `${handoff.role} did not take over within ${formatDuration(handoff.withinMs)}`;
  run.deviation('handoff-late', 'major', what);
  await notify(run, 'page', `The handoff to ${handoff.role} is late.`);
}
