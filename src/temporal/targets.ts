import type { Client } from '@temporalio/client';
import { GantryError } from '../domain/base/errors.ts';
import { targetWorkflowId } from '../domain/base/ids.ts';
import type { Targets } from '../domain/ports/temporal.ts';
import type { TargetView } from '../domain/target/view.ts';
import { nullIfUnknown } from './failures.ts';

/** A target answers within some ten milliseconds; one that does not within this time is asked again by the next attempt. */
const answerMs = 5_000;

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
