import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect, type TemporalConnection } from '../../src/temporal/connection.ts';
import { type DevServer, startDevServer } from '../../src/temporal/dev-server/dev-server.ts';
import { connectWorker } from '../../src/temporal/worker-connection.ts';
import { eventually } from '../support/eventually.ts';
import { end, note, notedAt, noter } from '../support/noter/index.ts';
import { cliForTests } from '../support/temporal.ts';
import { doAll } from '../support/within.ts';
import { bundleOfTests, type WorkflowBundle } from '../support/workflow-bundles.ts';

let server: DevServer;
let temporal: TemporalConnection;
let native: NativeConnection;
let workflowBundle: WorkflowBundle;
beforeAll(async () => {
  server = await startDevServer({ cli: await cliForTests(), dataDir: null, uiPort: null });
  temporal = await connect(server);
  native = await connectWorker(server);
  workflowBundle = await bundleOfTests('test/support/noter', ['src/workflows/engine/journal-interceptor.ts']);
}, 120_000);
afterAll(() => doAll([() => temporal.close(), () => native.close(), () => server.stop()]));

const taskQueue = 'noting';

async function whileServed<T>(work: () => Promise<T>): Promise<T> {
  const worker = await Worker.create({ connection: native, taskQueue, workflowBundle, shutdownGraceTime: 0 });
  return worker.runUntil(work);
}

it('what a query shows that waited for a worker is what any later one shows, whatever came while it waited', async () => {
  const { client } = temporal;
  const handles = await Promise.all(
    Array.from({ length: 12 }, () =>
      client.workflow.start(noter, { taskQueue, workflowId: `noter/${randomUUID()}`, staticSummary: 'notes' }),
    ),
  );
  const all = () => Promise.all(handles.map((handle) => handle.query(notedAt)));
  expect((await whileServed(all)).flat()).toEqual([]);
  // Nobody takes the queries; then there is something new, which the server says to a worker twice: as a task, and with a query.
  const waiting = all();
  await delay(500);
  await Promise.all(handles.map((handle) => handle.signal(note)));
  const [shown, then] = await whileServed(async () => {
    const shown = await waiting;
    return [shown, await eventually(all, (times) => times.every(({ length }) => length === 1))];
  });
  const again = await whileServed(all);
  expect(again).toEqual(then);
  for (const [i, times] of shown.entries()) expect(then[i]?.slice(0, times.length)).toEqual(times);
  await whileServed(() =>
    Promise.all(
      handles.map(async (handle) => {
        await handle.signal(end);
        await handle.result();
      }),
    ),
  );
}, 120_000);
