import { readConfiguration } from '../configuration.ts';
import { publishDraft } from '../publish.ts';
import type { DeploymentRun } from '../run.ts';

/**
 * Publishes the record as a draft, notifies stakeholders and begins to write documents, which nothing waits for. Trouble
 * here is a deviation and a page, never a rollback.
 */
export async function documenting(run: DeploymentRun): Promise<void> {
  // Over in a moment, so no search could find it by this phase.
  run.append({ type: 'phase-entered', phase: 'documenting' });
  await readConfiguration(run, 'validated');
  const until = new Date(Date.now() + run.plan.monitoring.periodMs).toISOString();
  await publishDraft(run, 'deployed', until);
  run.throwIfStopped();
  run.documents.deployed();
}
