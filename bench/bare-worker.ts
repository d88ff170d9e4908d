import { DefaultLogger, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { connectWorker } from '../src/temporal/worker-connection.ts';
import { bundleOfTests } from '../test/support/workflow-bundles.ts';
import type { Measured } from './installation.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

/** The queue of the bare workflows. */
export const bareQueue = 'bench';

/** Serves the bare workflows, tuned as Gantry's own worker is, while `work` lasts. */
export async function withBareWorker<T>(
  { temporal }: Pick<Measured, 'temporal'>,
  activities: NonNullable<WorkerOptions['activities']>,
  work: () => Promise<T>,
): Promise<T> {
  const server = temporal();
  const connection = await connectWorker(server);
  const worker = await Worker.create({
    connection,
    namespace: server.namespace,
    taskQueue: bareQueue,
    workflowBundle: await bundleOfTests('bench/bare-workflow.ts'),
    activities,
  });
  const running = worker.run();
  try {
    return await work();
  } finally {
    worker.shutdown();
    await running;
    await connection.close();
  }
}
