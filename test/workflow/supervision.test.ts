import { type NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSecrets } from '../../src/adapters/index.ts';
import { evaluateSightings } from '../../src/domain/supervision/what-is-stuck.ts';
import { openPolicy } from '../../src/files/policy.ts';
import { notifyOf } from '../../src/main/assemble.ts';
import { createLookout } from '../../src/main/lookout.ts';
import { createSightings } from '../../src/temporal/sightings.ts';
import { ensureSupervision, supervisedAt, supervisionSchedule } from '../../src/temporal/supervision-schedule.ts';
import { connectWorker } from '../../src/temporal/worker-connection.ts';
import { eventually } from '../support/eventually.ts';
import { type Rig, startRig, workflowIdOf } from '../support/rig.ts';
import { doAll } from '../support/within.ts';
import { bundleOfTests } from '../support/workflow-bundles.ts';

const queue = 'broken';
let rig: Rig;
let connection: NativeConnection;
let broken: Worker;
let ended: Promise<void>;
beforeAll(async () => {
  rig = await startRig();
  connection = await connectWorker(rig.server);
  const workflowBundle = await bundleOfTests('test/support/intruder');
  broken = await Worker.create({ connection, namespace: rig.server.namespace, taskQueue: queue, workflowBundle });
  ended = broken.run();
});
// Nothing is replayed: these workflows are broken on purpose.
afterAll(() =>
  doAll([
    async () => {
      broken.shutdown();
      await ended;
    },
    () => connection.close(),
    () => rig.stop(),
  ]),
);

const start = (service: string, ...args: unknown[]) =>
  rig.client.workflow.start('deployment', {
    workflowId: `deployment/${service}/production/1`,
    taskQueue: queue,
    workflowTaskTimeout: '2s',
    args,
  });
const alertsOf = async (target: string) =>
  (await rig.store.alerts(200)).filter((alert) => alert.target === target).map(({ code }) => code);
const pagesOf = (target: string) => rig.told.filter((line) => line.includes('[page]') && line.includes(target));
const look = async () => {
  const schedule = rig.client.schedule.getHandle(supervisionSchedule);
  const before = (await schedule.describe()).info.numActionsTaken;
  // As the schedule itself starts it: one that may run beside others is told nothing of what they have paged.
  await schedule.trigger('BUFFER_ONE');
  await eventually(
    () => schedule.describe(),
    ({ info }) => info.numActionsTaken > before && info.runningActions.length === 0,
  );
};

it('pages a workflow whose tasks fail and a compensation that no worker takes, each once', async () => {
  await start('wedged');
  await start('untaken', 'gantry-nobody');
  await Promise.all([ensureSupervision(rig.client), ensureSupervision(rig.client)]);
  await eventually(
    async () => {
      await look();
      return [await alertsOf('wedged/production'), await alertsOf('untaken/production')];
    },
    (alerts) => alerts.every(({ length }) => length > 0),
  );
  await look();
  await look();
  expect(await alertsOf('wedged/production')).toEqual(['task-fails']);
  expect(await alertsOf('untaken/production')).toEqual(['activity-waits']);
  expect(pagesOf('wedged/production')).toHaveLength(1);
  expect(pagesOf('untaken/production')).toHaveLength(1);
  expect(pagesOf('untaken/production')[0]).toContain('a compensation');
  expect(await supervisedAt(rig.client)).toBeGreaterThan(Date.now() - 60_000);
}, 120_000);

it('pages nothing about a deployment that waits for people, however long', async () => {
  const id = await rig.request(await rig.world('patient'), { service: 'patient' });
  await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'approval'));
  const soon = Date.now() + 20 * 60_000;
  const { workflows } = await createSightings(rig.client).look([workflowIdOf(id)], soon);
  const own = workflows.filter(({ workflowId }) => workflowId === workflowIdOf(id));
  expect(own[0]?.idle?.waits.map(({ kind }) => kind)).toEqual(['approval']);
  expect(evaluateSightings({ workflows: own, queues: [] }, soon)).toEqual([]);
});

it('is done by the API while no worker lives, and paged once', async () => {
  const lines: string[] = [];
  const policy = await openPolicy(`${rig.folder}/policy.yaml`);
  let ahead = 0;
  const log = (line: string) => void lines.push(line);
  const notify = notifyOf({ policy, newSecrets: openSecrets(null), publicUrl: () => null, pageKey: null, log });
  const parts = { store: rig.store, client: rig.client, policy, notify, log };
  const lookout = createLookout({ ...parts, now: () => Date.now() + ahead });
  await look();
  await lookout();
  expect(lines).toEqual([]);
  await rig.stopWorker();
  // A poll is over by then.
  ahead = 80_000;
  await lookout();
  const unserved = () => lines.filter((line) => line.includes('Page: queue-unserved, gantry.'));
  expect(unserved()).toHaveLength(1);
  expect(await alertsOf('gantry')).toEqual(['queue-unserved']);
  await lookout();
  expect(unserved()).toHaveLength(1);
  await rig.startWorker();
});
