import { type Client, ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { expect, it } from 'vitest';
import type { GantryError } from '../../../src/domain/base/errors.ts';
import { createGateway } from '../../../src/temporal/gateway.ts';

const id = 'shop.production.7';
const note = { by: 'key:alice', severity: 'minor', statement: 'Nothing.' } as const;

/** What the SDK makes of a refusal of the server (https://grpc.io/docs/guides/status-codes). */
function refusal(code: number, details: string): ServiceError {
  const cause = Object.assign(new Error(details), { code, details, metadata: {} });
  return new ServiceError('Workflow Update failed', { cause });
}

/** A gateway to a server that answers updates so, one after the other, and the ids under which it was asked. */
function gatewayTo(...answers: readonly (Error | null)[]) {
  const asked: string[] = [];
  const handle = {
    async executeUpdate(_: string, { updateId }: { readonly updateId: string }) {
      asked.push(updateId);
      const answer = answers[asked.length - 1];
      if (answer) throw answer;
      return { seq: 12 };
    },
    describe: async () => ({ status: { name: 'COMPLETED' } }),
  };
  const client = {
    withDeadline: <T>(_: number, run: () => Promise<T>) => run(),
    workflow: { getHandle: () => handle },
  } as unknown as Client;
  return { send: () => createGateway(client).message(id, 'note', note), asked };
}

it.each([
  ['there are too many at once', refusal(8, 'limit on number of concurrent in-flight updates has been reached')],
  ['its run is ending', refusal(8, 'workflow operation can not be applied because workflow is closing')],
  ['its run has ended under it', refusal(14, 'workflow update was aborted')],
  [
    'the task that brought it failed',
    refusal(9, 'Unable to perform workflow execution update due to unexpected workflow task failure.'),
  ],
])('a message is sent again under the same id when %s', async (_, error) => {
  const { send, asked } = gatewayTo(error, error, null);
  expect(await send()).toBe(12);
  expect(asked).toHaveLength(3);
  expect(new Set(asked).size).toBe(1);
});

it('a message whose workflow closes before it has seen it is answered with `ended` at once', async () => {
  const closing = new WorkflowNotFoundError('workflow update was aborted by closing workflow', 'w', undefined);
  const completed = new WorkflowNotFoundError('workflow execution already completed', 'w', undefined);
  const { send, asked } = gatewayTo(closing, completed);
  await expect(send()).rejects.toMatchObject({ code: 'ended' });
  // Under its own id it would get the same answer again and again.
  expect(new Set(asked).size).toBe(2);
});

it('what will not pass is not tried again', async () => {
  const { send, asked } = gatewayTo(refusal(13, 'internal'), null);
  const error = await send().catch((reason: unknown) => reason as GantryError);
  expect(error).toMatchObject({ code: 'engine-unavailable' });
  expect(asked).toHaveLength(1);
});
