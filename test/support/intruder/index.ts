import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';

/** Somebody else's workflow, which asks Gantry's workers for one of their activities. */
export async function intrude(taskQueue: string, activity: string, input: unknown): Promise<unknown> {
  const activities = proxyActivities<Record<string, (input: unknown) => Promise<unknown>>>({
    taskQueue,
    startToCloseTimeout: 20_000,
    heartbeatTimeout: 3_000,
    retry: { maximumAttempts: 1 },
  });
  const ask = activities[activity];
  if (!ask) throw new Error(`there is no ${activity}`);
  return ask(input);
}

export const told =
  defineSignal<[{ readonly taskQueue: string; readonly activity: string; readonly input: unknown }]>('told');

/** The same, once it is told of what: its own run is known by then, and may be written into the input. */
export async function intrudeOnceTold(): Promise<unknown> {
  let asked: Parameters<typeof intrude> | null = null;
  setHandler(told, ({ taskQueue, activity, input }) => {
    asked = [taskQueue, activity, input];
  });
  await condition(() => asked !== null);
  return intrude(...(asked as unknown as Parameters<typeof intrude>));
}

/** A deployment whose worker has a fault: its tasks fail for ever; with a queue, one whose compensation nobody takes. */
export async function deployment(taskQueue?: string): Promise<void> {
  if (taskQueue === undefined) throw new Error('a fault in a workflow');
  const options = { taskQueue, startToCloseTimeout: 20_000, retry: { maximumAttempts: 1 } };
  await proxyActivities<{ compensate(): Promise<void> }>(options).compensate();
}
