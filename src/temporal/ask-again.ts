import { setTimeout as delay } from 'node:timers/promises';
import { QueryNotRegisteredError, type WorkflowClientInterceptor } from '@temporalio/client';
import { aheadOfTask } from '../domain/messages/messages.ts';

const pauseMs = 50;
/** By then the workflow task that the query came before has been begun, or there is no worker again. */
const tries = 20;

/** Asks a workflow again whose worker had not come to the task that the query follows on. */
export const askAgain: WorkflowClientInterceptor = {
  async query(input, next) {
    for (let left = tries; ; left -= 1) {
      try {
        return await next(input);
      } catch (error) {
        if (left === 1 || !(error instanceof QueryNotRegisteredError && error.message.includes(aheadOfTask)))
          throw error;
      }
      await delay(pauseMs);
    }
  },
};
