import { condition, defineQuery, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import { taskQueues } from '../src/domain/base/task-queues.ts';
import type { Activities } from '../src/domain/ports/activities.ts';
import type { ActionInput } from '../src/domain/ports/effects.ts';
import type { ObserveInput } from '../src/domain/ports/observation.ts';

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

const own = proxyActivities<{ watch(key: string): Promise<void>; act(key: string): Promise<void> }>({
  startToCloseTimeout: 60_000,
  retry: { maximumAttempts: 1 },
});

/** Acts as soon as what it watches has come to an end. */
export async function react(key: string): Promise<void> {
  await own.watch(key);
  await own.act(key);
}

/** Acts as soon as it is told to. */
export async function answer(key: string): Promise<void> {
  let isTold = false;
  setHandler(defineSignal('go'), () => {
    isTold = true;
  });
  setHandler(defineQuery<boolean>('isReady'), () => true);
  await condition(() => isTold);
  await own.act(key);
}
