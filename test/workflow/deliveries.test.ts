import type { temporal } from '@temporalio/proto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
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

it('writes of no delivery that somebody else has started', async () => {
  const world = await rig.world('told-forged');
  const { id } = await rig.deploy(world, { service: 'told-forged' });
  const journal = await eventually(
    () => rig.journal(id),
    (entries) => entries.at(-1)?.type === 'record-published',
  );
  const forged = 'f'.repeat(32);
  const notification = { id: 'x', event: 'ended', deployment: id, service: null, environment: null };
  await rig.client.workflow.start('delivery', {
    workflowId: deliveryWorkflowId(forged),
    taskQueue: taskQueues.main,
    args: [
      { notification, to: { name: 'x', on: [], channels: [] }, first: { id: forged, stakeholder: 'x', how: 'x' } },
    ],
  });
  const target = rig.client.workflow.getHandle(targetWorkflowId('told-forged', 'production'));
  for (const said of [{ deployment: id, delivery: forged }, { deployment: id, delivery: '../x' }, null, 'x'])
    await target.signal('delivery-ended', said);
  // It is looked at, once it has ended, and what it says is written nowhere.
  const eventsOf = async () => (await target.fetchHistory()).events ?? [];
  const events = await eventually(eventsOf, (all) => judgedIn(all).length > 0);
  expect(judgedIn(events)).toHaveLength(1);
  expect(await rig.journal(id)).toEqual(journal);
  expect(await endsIn(id)).toEqual([]);
});

type Event = temporal.api.history.v1.IHistoryEvent;

/** Of the deliveries that a target was told of, those that a worker has looked at to its end. */
function judgedIn(events: readonly Event[]): readonly Event[] {
  const asked = events.filter(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'recordDelivery',
  );
  const ends = events.map(({ activityTaskCompletedEventAttributes: end }) => end?.scheduledEventId?.toString());
  return asked.filter(({ eventId }) => ends.includes(eventId?.toString()));
}
