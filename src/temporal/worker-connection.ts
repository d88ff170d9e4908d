import { IllegalStateError } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import { connectTimeoutMs, explain, type TemporalEndpoint, transport, unavailable } from './connection.ts';

/**
 * Connects what a worker polls through.
 * Throws `engine-unavailable` when the server does not answer within 5 s.
 */
export async function connectWorker(endpoint: TemporalEndpoint): Promise<NativeConnection> {
  // The native client has no time limit of its own, and no way to stop trying.
  const attempt = NativeConnection.connect(transport(endpoint));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), connectTimeoutMs);
  });
  try {
    const first = await Promise.race([attempt, late]);
    if (first !== 'late') return first;
  } catch (error) {
    throw explain(error, endpoint);
  } finally {
    clearTimeout(timer);
  }
  attempt.then(
    (tooLate) => tooLate.close(),
    () => undefined,
  );
  throw unavailable(endpoint, undefined);
}

/** Closes what a worker polled through. A poll that is still open and unanswered ends with the process. */
export async function closeWorkerConnection(connection: NativeConnection): Promise<void> {
  try {
    await connection.close();
  } catch (error) {
    if (!(error instanceof IllegalStateError)) throw error;
  }
}
