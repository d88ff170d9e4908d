import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import { taskQueues } from '../../domain/base/task-queues.ts';
import { type Activities, activities as table } from '../../domain/ports/activities.ts';
import type { Traits } from '../../domain/ports/traits.ts';

function optionsOf(traits: Traits<never>): ActivityOptions {
  const { caller: _, journal: __, queue, ...options } = traits;
  return { taskQueue: taskQueues[queue], ...options };
}

const proxies = Object.entries(table).map(([name, traits]) => [name, proxyActivities(optionsOf(traits))[name]]);

/**
 * Every activity by its name, with the options that it has in the table (`domain/ports/activities.ts`). The only place where
 * workflows ask for activities; none of them is a local one.
 */
export const activities = Object.fromEntries(proxies) as ReturnType<typeof proxyActivities<Activities>>;
