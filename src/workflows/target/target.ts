import { CancellationScope, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import { isTargetName } from '../../domain/ports/received.ts';
import { refusal as refuse } from '../engine/updates-and-queries.ts';
import { mayRenew } from './continue-as-new.ts';
import { receiveMessages } from './messages.ts';
import { type TargetInput, TargetRun } from './run.ts';

/** One target: numbers its deployments, owns queue, lock and fence, and knows what is live. Long-lived. */
export async function target(input: TargetInput): Promise<void> {
  if (!isTargetName(input)) throw refuse('malformed', 'This is no target.');
  const { service, environment, known } = input;
  const run = new TargetRun({ service, environment, known: known ?? null });
  receiveMessages(run);
  await CancellationScope.nonCancellable(async () => {
    run.children.followOpen();
    // Started anew by `resolve`, after it had been ended: the store does not know which deployments wait.
    if (known && workflowInfo().continuedFromExecutionRunId === undefined) run.unknown.findAll();
    for (;;) {
      await condition(() => run.hasWork);
      run.begin();
      if (mayRenew(run)) await continueAsNew<typeof target>({ service, environment, known: run.get() });
    }
  });
}
