import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { GantryError } from '../../src/domain/base/errors.ts';
import { deliveryWorkflowId, pageWorkflowId, targetWorkflowId } from '../../src/domain/base/ids.ts';
import { taskQueues } from '../../src/domain/base/task-queues.ts';
import { deliveryId } from '../../src/domain/deployment/notification-words.ts';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import type { Delivery, Notification, NotifyInput } from '../../src/domain/kinds/notification.ts';
import type { PageInput } from '../../src/domain/ports/notification.ts';
import { pageToken } from '../../src/domain/trust/page-link.ts';
import { eventually } from '../support/eventually.ts';
import { latch } from '../support/latch.ts';
import { refusing, testPolicy } from '../support/policy.ts';
import { pageKey, type Rig, startRig } from '../support/rig.ts';

let rig: Rig;
const hears = ['requested', 'approval-wanted', 'deployed', 'ended', 'page'];
const nowhere = 'http://127.0.0.1:9/';
/** Two of three people who hear pages have more than one way; whoever is bent is reached all the same. */
const stakeholders = [
  { name: 'Shop team', log: true, on: hears },
  { name: 'On call', log: true, cloudevents: nowhere, teams: nowhere, on: ['page'] },
];
beforeAll(async () => {
  const environments = {
    ...testPolicy.environments,
    paged: { ...refusing, stakeholders, paging: { acknowledgeWithin: '2s' } },
    patient: { ...refusing, stakeholders },
  };
  rig = await startRig({ policy: { ...testPolicy, environments }, signingKeys: 'own' });
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

it('nothing begins where the request can never reach a stakeholder', async () => {
  const world = await rig.world('told-never');
  answers('requested', late, never);
  const id = await rig.request(world, { service: 'told-never' });
  expect((await rig.ended(id)).outcome).toBe('rejected');
  expect(entriesOf(await rig.journal(id), 'ended')[0]?.cause).toMatchObject({
    summary: 'not met: stakeholders notified: 0 of 1',
  });
  expect(world.changes).toEqual([]);
});

it('the gate waits no longer than policy allows', async () => {
  const world = await rig.world('told-too-late', 'brief');
  answers('requested', ...Array.from({ length: 20 }, () => late));
  const id = await rig.request(world, { service: 'told-too-late', environment: 'brief' });
  expect((await rig.ended(id)).outcome).toBe('rejected');
  expect(entriesOf(await rig.journal(id), 'gate-evaluated').find(({ gate }) => gate === 'notified')).toMatchObject({
    found: '0 of 1 reached',
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

it('goes on delivering its notifications when it is aborted, and learns of a delivery that is ended from outside', async () => {
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

it('notifies of one thing under one id, also where publishing was lost after that', async () => {
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

it('examines no delivery that its deployment has not left open, whatever is signalled', async () => {
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

/** Everybody is reached by every way but those that are named; answers what pages said, in order. */
function pages(...missed: string[]): readonly Notification[] {
  const said: Notification[] = [];
  rig.bendDeliveries((delivery, { notification }: NotifyInput) => {
    if (notification.event !== 'page') return delivery;
    if (!said.some(({ id }) => id === notification.id)) said.push(notification);
    return missed.includes(delivery.channel)
      ? { ...delivery, ...never }
      : { ...delivery, delivered: true, summary: 'arrived', again: null };
  });
  return said;
}

/** A deployment that waits for its approval and has paged, since somebody spoke past the API. */
async function paged(environment: string, service: string): Promise<string> {
  const world = await rig.world(service, environment);
  const id = await rig.request(world, { service, environment });
  const { planDigest } = await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  await rig.signal(id, 'approve', { by: 'key:bob', planDigest });
  await eventually(
    () => rig.journal(id),
    (entries) => entriesOf(entries, 'page-opened').length > 0,
  );
  return id;
}

const waysIn = async (id: string) =>
  entriesOf(await rig.journal(id), 'notified').flatMap(({ round, stakeholder, how }) =>
    round === undefined ? [] : [`${round} ${stakeholder} ${how.split(/[ ,]/)[0]}`],
  );

const endOfPage = async (id: string) => {
  const journal = await eventually(
    () => rig.journal(id),
    (entries) => entriesOf(entries, 'page-ended').length > 0,
  );
  return entriesOf(journal, 'page-ended')[0]?.acknowledgement;
};

it('a page that nobody acknowledges goes to the next way with the reason, and reports in the end that no way is left', async () => {
  const said = pages();
  const id = await paged('paged', 'unanswered');
  expect(await endOfPage(id)).toBe(null);
  expect(await waysIn(id)).toEqual([
    '1 Shop team log',
    '1 On call log',
    '2 On call cloudevents',
    '3 On call teams',
    '4 Shop team log',
    '4 On call log',
    '4 On call cloudevents',
    '4 On call teams',
  ]);
  expect(said.map(({ lines }) => lines[0])).toEqual([
    expect.stringMatching(/^Security: /),
    expect.stringMatching(
      /^Nobody acknowledged the page of \d\d:\d\d UTC to Shop team \(log\), On call \(log\) within 2 s\.$/,
    ),
    expect.stringContaining('On call (cloudevents'),
    expect.stringContaining('nobody acknowledged it'),
  ]);
  expect(said.map(({ wanted }) => wanted?.until)).toEqual([
    expect.any(String),
    expect.any(String),
    expect.any(String),
    null,
  ]);
  const late = await rig.call('key:carol', 'POST', `/v1/deployments/${id}/acknowledge`, { for: 'page' });
  expect(late.body).toMatchObject({ code: 'not-waiting' });
});

it('an acknowledged page goes nowhere else, each acknowledgement is verified, and a signal with its proof is as good', async () => {
  const said = pages();
  const id = await paged('patient', 'answered');
  const path = `/v1/deployments/${id}/acknowledge`;
  expect((await rig.call('key:alice', 'POST', path, { for: 'page' })).body).toMatchObject({ code: 'role-missing' });
  expect((await rig.call('key:ci-shop', 'POST', path, { for: 'page' })).body).toMatchObject({ code: 'forbidden' });
  await rig.signal(id, 'acknowledge', { by: 'key:carol', for: 'page' });
  const proven = await rig.call('key:carol', 'POST', `${path}?send=false`, { for: 'page' });
  await rig.signal(id, 'acknowledge', proven.body);
  expect(await endOfPage(id)).toMatchObject({ subject: 'key:carol', via: 'signal', identity: 'verified' });
  const journal = await rig.journal(id);
  expect(entriesOf(journal, 'message-refused').map(({ message }) => message)).toEqual(['approve', 'acknowledge']);
  expect(said).toHaveLength(1);
});

it('whom the first way does not reach is notified by the next one at once, and a link acknowledges by its form only', async () => {
  const said = pages('log');
  const id = await paged('patient', 'by-link');
  await eventually(
    () => waysIn(id),
    (ways) => ways.includes('2 On call cloudevents'),
  );
  expect(said[1]?.lines[0]).toMatch(/could not be delivered at once to Shop team \(log\), On call \(log\)\.$/);
  const delivery = deliveryId(`${said[1]?.id}`, 'On call', { kind: 'cloudevents', spec: { cloudevents: nowhere } });
  const token = pageToken(pageKey, { deployment: id, page: '1', delivery });
  const link = `${rig.url}/v1/pages/${token}`;
  const form = await fetch(link);
  expect([form.status, form.headers.get('cache-control'), form.headers.get('referrer-policy')]).toEqual([
    200,
    'no-store',
    'no-referrer',
  ]);
  expect(form.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await form.text()).toContain('<form method="post">');
  expect((await fetch(`${link}0`, { method: 'POST' })).status).toBe(404);
  expect((await fetch(link.replace('~1~', '~2~'), { method: 'POST' })).status).toBe(404);
  expect(entriesOf(await rig.journal(id), 'page-ended')).toEqual([]);
  const answer = await fetch(link, { method: 'POST', body: new URLSearchParams() });
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('is acknowledged')]);
  expect(await endOfPage(id)).toMatchObject({
    who: expect.stringContaining('whoever held the link sent to On call by cloudevents'),
    subject: null,
    via: 'link',
    identity: 'verified',
  });
  expect((await fetch(link, { method: 'POST' })).status).toBe(409);
  expect(JSON.stringify(await rig.journal(id))).not.toContain(token.split('~')[3]);
});

it('a page outlives its deployment: only a proof of the API counts, and who acknowledged stands in the record', async () => {
  const said = pages();
  const world = await rig.world('paged-after', 'patient');
  const monitoring = { period: '1s', handoff: { role: 'support', within: '1s' } };
  const { id, status } = await rig.deploy(world, {
    service: 'paged-after',
    environment: 'patient',
    procedure: { monitoring },
  });
  expect(status.outcome).toBe('succeeded');
  const page = rig.client.workflow.getHandle(pageWorkflowId(id, '1'));
  await page.signal('page-acknowledged', { by: 'key:carol' });
  for (const forged of [{ by: 'key:carol', for: 'page' }, { delivery: 'f'.repeat(32), page: '1', for: 'page' }, null])
    await expect(page.executeUpdate('acknowledge', { args: [forged] })).rejects.toThrow('Workflow Update failed');
  expect((await page.describe()).status.name).toBe('RUNNING');
  const path = `/v1/deployments/${id}/acknowledge`;
  expect((await rig.call('key:alice', 'POST', path, { for: 'page' })).body).toMatchObject({ code: 'role-missing' });
  expect((await rig.call('key:dan', 'POST', path, { for: 'page' })).status).toBe(200);
  expect(await endOfPage(id)).toMatchObject({ who: 'Dan Osei', subject: 'key:dan', via: 'api', identity: 'verified' });
  // Whoever forged it was paged of by the worker.
  expect(said.filter(({ deployment }) => deployment === id)).toHaveLength(1);
  const record = await eventually(
    () => rig.record(id),
    (markdown) => markdown.includes('Dan Osei'),
  );
  expect(record).toContain('round 1: On call (log) delivered, 1 attempt');
  expect((await rig.call('key:dan', 'POST', path, { for: 'page' })).body).toMatchObject({ code: 'not-waiting' });
});

it('an acknowledgement while people are notified of the end is in the journal all the same', async () => {
  pages();
  const id = await paged('patient', 'closing');
  const held = latch();
  rig.holdTelling(held.closed);
  await rig.call('key:carol', 'POST', `/v1/deployments/${id}/abort`);
  const refused = async () => rig.call('key:carol', 'POST', `/v1/deployments/${id}/resume`, {});
  await eventually(refused, ({ body }) => body['code'] === 'ended');
  const token = pageToken(pageKey, { deployment: id, page: '1', delivery: await firstDelivery(id) });
  expect((await fetch(`${rig.url}/v1/pages/${token}`, { method: 'POST' })).status).toBe(200);
  // The target has heard of it, too early.
  await eventually(
    () => activitiesOf(targetWorkflowId('closing', 'patient')),
    (names) => names.includes('recordPage'),
  );
  held.open();
  rig.holdTelling(null);
  expect(await endOfPage(id)).toMatchObject({ via: 'link', who: expect.stringContaining('On call by log') });
  expect((await rig.journal(id)).map(({ type }) => type).indexOf('ended')).toBeGreaterThan(0);
});

/** The id of the first page's delivery to whoever is on call. */
async function firstDelivery(id: string): Promise<string> {
  const events = (await rig.client.workflow.getHandle(pageWorkflowId(id, '1')).fetchHistory()).events ?? [];
  const payload = events[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  const { first } = JSON.parse(Buffer.from(payload?.data ?? []).toString()) as PageInput;
  return first.deliveries.find(({ stakeholder }) => stakeholder === 'On call')?.id ?? '';
}

/** The names of the activities that a workflow has asked for and that have ended. */
async function activitiesOf(workflowId: string): Promise<readonly string[]> {
  const events = (await rig.client.workflow.getHandle(workflowId).fetchHistory()).events ?? [];
  const ended = events.map(({ activityTaskCompletedEventAttributes: end }) => end?.scheduledEventId?.toString());
  return events.flatMap(({ eventId, activityTaskScheduledEventAttributes: asked }) =>
    asked && ended.includes(eventId?.toString()) ? [asked.activityType?.name ?? ''] : [],
  );
}
