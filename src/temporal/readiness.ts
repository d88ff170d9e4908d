import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { hasGrpcCode } from './grpc-codes.ts';

const callMs = 1_000;
const lookAgainMs = 50;

/**
 * Resolves to `true` once the server knows the namespace and answers for a workflow of it, to `false` when the signal
 * fires before.
 */
export async function answersBefore(address: string, namespace: string, signal: AbortSignal): Promise<boolean> {
  const connection = Connection.lazy({
    address,
    // No retries inside a look, and no pause of a second after a refused connection: we look again ourselves, soon.
    interceptors: [],
    channelArgs: { 'grpc.initial_reconnect_backoff_ms': lookAgainMs, 'grpc.max_reconnect_backoff_ms': lookAgainMs },
  });
  try {
    while (!signal.aborted) {
      if (await answers(connection, namespace)) return true;
      await delay(lookAgainMs);
    }
    return false;
  } finally {
    await connection.close();
  }
}

async function answers(connection: Connection, namespace: string): Promise<boolean> {
  const { workflowService } = connection;
  try {
    return await connection.withDeadline(Date.now() + callMs, async () => {
      await workflowService.describeNamespace({ namespace });
      return await knowsWorkflows(() =>
        workflowService.describeWorkflowExecution({ namespace, execution: { workflowId: 'gantry-readiness' } }),
      );
    });
  } catch {
    return false;
  }
}

/** The frontend answers before the service behind it that keeps the histories; that one must say "not found". */
async function knowsWorkflows(describe: () => Promise<unknown>): Promise<boolean> {
  try {
    await describe();
    return true;
  } catch (error) {
    return hasGrpcCode(error, 'not-found');
  }
}
