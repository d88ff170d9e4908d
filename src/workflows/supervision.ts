import { workflowInfo } from '@temporalio/workflow';
import { type Known, knownIn } from '../domain/supervision/known.ts';
import { activities } from './engine/activities.ts';

/**
 * One round over everything that is open, started by a schedule every 30 s. What has been paged is handed from one round to
 * the next as the schedule's last result, so that a condition is paged once, whichever worker takes a round.
 */
export async function supervision(): Promise<{ readonly known: Known }> {
  return activities.supervise({ known: knownIn(workflowInfo().lastResult) });
}
