import { proxyActivities } from '@temporalio/workflow';

/** Somebody else's workflow, which asks Gantry's workers for one of their activities. */
export async function intrude(taskQueue: string, activity: string, input: unknown): Promise<unknown> {
  const activities = proxyActivities<Record<string, (input: unknown) => Promise<unknown>>>({
    taskQueue,
    startToCloseTimeout: 20_000,
    retry: { maximumAttempts: 1 },
  });
  const ask = activities[activity];
  if (!ask) throw new Error(`there is no ${activity}`);
  return ask(input);
}
