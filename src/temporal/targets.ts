import type { Client } from '@temporalio/client';
import { GantryError } from '../domain/base/errors.ts';
import { targetWorkflowId } from '../domain/base/ids.ts';
import type { Targets } from '../domain/ports/temporal.ts';
import type { TargetView } from '../domain/target/view.ts';
import { answerMs } from './answer-time.ts';
import { nullIfUnknown } from './failures.ts';

/** Targets as their workflows answer: the store's copies may be behind, and anybody can send a signal. */
export function createTargets(client: Client): Targets {
  return {
    async view(service, environment) {
      const target = client.workflow.getHandle(targetWorkflowId(service, environment));
      const ask = () => client.withDeadline(Date.now() + answerMs, () => target.query<TargetView>('target'));
      return nullIfUnknown(ask).catch((cause: unknown) => {
        throw new GantryError('engine-unavailable', `Target ${service}/${environment} does not answer.`, { cause });
      });
    },
  };
}
