import { proxyActivities } from '@temporalio/workflow';
import type { ActionInput } from '../src/domain/ports/effects.ts';
import type { ObserveInput } from '../src/domain/ports/observation.ts';
import type { Activities } from '../src/domain/ports.ts';
import { taskQueues } from '../src/domain/task-queues.ts';

const { act } = proxyActivities<Pick<Activities, 'act'>>({
  taskQueue: taskQueues.actions,
  startToCloseTimeout: 30_000,
  heartbeatTimeout: 3_000,
  retry: { maximumAttempts: 1 },
});
const { observe } = proxyActivities<Pick<Activities, 'observe'>>({
  taskQueue: taskQueues.main,
  startToCloseTimeout: 30_000,
  heartbeatTimeout: 3_000,
  retry: { maximumAttempts: 1 },
});

/** What somebody would write who has no Gantry: the same activities, one after the other, and nothing else. Answers its span. */
export async function bare(
  steps: readonly { readonly action: ActionInput; readonly verify: ObserveInput }[],
): Promise<number> {
  const startedAt = Date.now();
  for (const { action, verify } of steps) {
    await act(action);
    await observe(verify);
  }
  return Date.now() - startedAt;
}
