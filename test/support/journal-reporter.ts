import {
  type ActivityInput,
  type Next,
  proxySinks,
  type Sinks,
  type WorkflowInterceptors,
  type WorkflowOutboundCallsInterceptor,
  workflowInfo,
} from '@temporalio/workflow';
import { journalHeader } from '../../src/domain/journal/batch.ts';

/** Hears of each activity that a replay schedules, and of what rides on it (JSON), if anything. */
export interface JournalSinks extends Sinks {
  readonly journal: { rides(activityId: string, batch: string): void };
}
const { journal } = proxySinks<JournalSinks>();

/** The SDK's own name for where histories are replayed; a worker that serves a rig tells nobody. */
const isReplayer = () => workflowInfo().taskQueue.startsWith('fake_replay_queue');

class Reporter implements WorkflowOutboundCallsInterceptor {
  scheduleActivity(
    input: ActivityInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'scheduleActivity'>,
  ): Promise<unknown> {
    const data = input.headers[journalHeader]?.data;
    if (isReplayer()) journal.rides(String(input.seq), data ? new TextDecoder().decode(data) : '');
    return next(input);
  }
}

export const interceptors = (): WorkflowInterceptors => ({ outbound: [new Reporter()] });
