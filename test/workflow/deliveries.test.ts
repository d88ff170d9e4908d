import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { GantryError } from '../../src/domain/errors.ts';
import { deliveryWorkflowId, targetWorkflowId } from '../../src/domain/ids.ts';
import { entriesOf } from '../../src/domain/journal.ts';
import type { Delivery, NotifyInput } from '../../src/domain/ports/notification.ts';
import { taskQueues } from '../../src/domain/task-queues.ts';
import { eventually } from '../support/eventually.ts';
import { type Rig, startRig } from '../support/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterEach(() => rig.bendDeliveries(null));
afterAll(() => rig.close());

const late: Partial<Delivery> = { delivered: false, summary: '503', again: { afterMs: 1_000 } };
const never: Partial<Delivery> = { delivered: false, summary: '410', again: null };

/** Attempts at an event that end as these say, one after the other; every other one arrives. Answers the ids of all attempts. */
function answers(event: string, ...ends: Partial<Delivery>[]): readonly string[] {
  const ids: string[] = [];
  rig.bendDeliveries((delivery, { notification }: NotifyInput) => {
    if (notification.event !== event) return delivery;
    ids.push(delivery.id);
    return { ...delivery, ...ends.shift() };
  });
  return ids;
}

const abort = (id: string) =>
  rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, { reason: 'changed my mind' });

const endsIn = async (id: string) => entriesOf(await rig.journal(id), 'delivery-ended');

it('the gate waits for what did not arrive at once, and a worker that was away goes on with it under the same id', async () => {
  const world = await rig.world('told-late');
  const ids = answers('requested', late, late);
  const id = await rig.request(world, { service: 'told-late' });
  await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'notification'));
  await rig.stopWorker();
  await rig.startWorker();
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  const [end] = await endsIn(id);
  expect(end).toMatchObject({ event: 'requested', stakeholder: 'Shop team', delivered: true });
  expect(ids.length).toBeGreaterThanOrEqual(3);
  expect(new Set(ids)).toEqual(new Set([end?.delivery]));
  await rig.approve(id);
  expect((await rig.ended(id)).outcome).toBe('succeeded');
});

it('whom the request can never reach is not told, so nothing begins', async () => {
  const world = await rig.world('told-never');
  answers('requested', late, never);
  const id = await rig.request(world, { service: 'told-never' });
  expect((await rig.ended(id)).outcome).toBe('rejected');
  expect(entriesOf(await rig.journal(id), 'ended')[0]?.cause).toMatchObject({
    summary: 'not met: stakeholders told: 0 of 1',
  });
  expect(world.changes).toEqual([]);
});

it('the gate waits no longer than policy says', async () => {
  const world = await rig.world('told-too-late', 'brief');
  answers('requested', ...Array.from({ length: 20 }, () => late));
  const id = await rig.request(world, { service: 'told-too-late', environment: 'brief' });
  expect((await rig.ended(id)).outcome).toBe('rejected');
  expect(entriesOf(await rig.journal(id), 'gate-evaluated').find(({ gate }) => gate === 'notified')).toMatchObject({
    found: '0 of 1 delivered',
    verdict: 'failed',
  });
});

it('holds no deployment up after its request, and what arrives after the end stands in its journal and its record', async () => {
  const world = await rig.world('told-after');
  answers('ended', late, late);
  const { id, status } = await rig.deploy(world, { service: 'told-after' });
  expect(status.outcome).toBe('succeeded');
  const journal = await eventually(
    () => rig.journal(id),
    (entries) => entries.at(-1)?.type === 'record-published' && entriesOf(entries, 'delivery-ended').length > 0,
  );
  const types = journal.map(({ type }) => type);
  expect(types.slice(types.indexOf('ended'))).toEqual([
    'ended',
    'record-published',
    'delivery-ended',
    'record-published',
  ]);
  expect(entriesOf(journal, 'delivery-ended')[0]).toMatchObject({ event: 'ended', delivered: true, attempts: 2 });
  const record = await eventually(
    () => rig.record(id),
    (markdown) => !markdown.includes('still being tried'),
  );
  expect(record).toContain('4 of 4 delivered, 6 attempts');
  expect(record).toContain('with operational excellence certification');
});

it('goes on delivering what it has told of when it is aborted, and hears of a delivery that somebody ends from outside', async () => {
  const world = await rig.world('told-stopped');
  const slow: Partial<Delivery> = { ...late, again: { afterMs: 60_000 } };
  const ids = answers('approval-wanted', slow, { ...late, again: { afterMs: 3_000 } });
  const first = await rig.request(world, { service: 'told-stopped' });
  await rig.until(first, ({ phase }) => phase === 'awaiting-approval');
  const delivery = rig.client.workflow.getHandle(deliveryWorkflowId(ids[0] ?? ''));
  await eventually(
    () => delivery.describe().catch(() => null),
    (described) => described !== null,
  );
  await delivery.terminate();
  const [end] = await eventually(
    () => endsIn(first),
    (ends) => ends.length > 0,
  );
  expect(end).toMatchObject({ event: 'approval-wanted', delivered: false });
  expect(end?.summary).toContain('ended from outside (terminated)');
  await abort(first);

  const second = await rig.request(world, { service: 'told-stopped' });
  await rig.until(second, ({ phase }) => phase === 'awaiting-approval');
  await abort(second);
  expect((await rig.ended(second)).outcome).toBe('aborted');
  const journal = await eventually(
    () => rig.journal(second),
    (entries) => entriesOf(entries, 'delivery-ended').length > 0,
  );
  expect(entriesOf(journal, 'delivery-ended')[0]).toMatchObject({ event: 'approval-wanted', delivered: true });
});

it('tells of one thing under one id, also where publishing was lost after that', async () => {
  const world = await rig.world('told-twice');
  const ids: string[] = [];
  rig.bendDeliveries((delivery, { notification }) => {
    if (notification.event !== 'deployed') return delivery;
    ids.push(delivery.id);
    if (ids.length === 1) throw new GantryError('malformed', 'This attempt is lost.');
    return delivery;
  });
  const { id } = await rig.deploy(world, { service: 'told-twice' });
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
  const told = entriesOf(await rig.journal(id), 'notified').filter(({ event }) => event === 'deployed');
  expect(told).toMatchObject([{ delivered: true }]);
});

it('looks at no delivery that its deployment has not left open, whoever says so', async () => {
  const world = await rig.world('told-forged');
  const { id } = await rig.deploy(world, { service: 'told-forged' });
  const journal = await eventually(
    () => rig.journal(id),
    (entries) => entries.at(-1)?.type === 'record-published',
  );
  const forged = 'f'.repeat(32);
  // What is no delivery ends at once, and no task of a worker is tried again and again over it.
  const started = { workflowId: deliveryWorkflowId(forged), taskQueue: taskQueues.main, args: [{ first: 'x' }] };
  await expect(rig.client.workflow.execute('delivery', started)).rejects.toMatchObject({
    cause: { type: 'malformed' },
  });
  const target = rig.client.workflow.getHandle(targetWorkflowId('told-forged', 'production'));
  for (const said of [{ deployment: id, delivery: forged }, { deployment: id, delivery: '../x' }, null, 'x'])
    await target.signal('delivery-ended', said);
  // The target answers once it has heard all of that.
  await target.query('target');
  const { events } = await target.fetchHistory();
  expect(events?.filter((event) => event.workflowExecutionSignaledEventAttributes).length).toBeGreaterThanOrEqual(4);
  const asked = events?.map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name);
  expect(asked).not.toContain('recordDelivery');
  expect(await rig.journal(id)).toEqual(journal);
});
