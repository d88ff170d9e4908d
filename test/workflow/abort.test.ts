import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Status } from '../../src/domain/deployment/status.ts';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { latch } from '../support/latch.ts';
import { type Rig, startRig } from '../support/rig.ts';
import type { World } from '../support/world.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const abort = async (id: string, as = 'key:alice') => {
  const answer = await rig.call(as, 'POST', `/v1/deployments/${id}/abort`, { reason: 'changed my mind' });
  expect(answer.status).toBe(202);
};
const untouched = (world: World) => {
  expect(world.live).toBe('blue');
  expect(world.slots.green.running).toBe(false);
};
async function approved(world: World, options: Parameters<Rig['request']>[1]): Promise<string> {
  const id = await rig.request(world, options);
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  await rig.approve(id);
  return id;
}
const causeOf = async (id: string) => entriesOf(await rig.journal(id), 'ended')[0]?.cause;

describe('an abort before the first change', () => {
  it('ends the deployment as aborted while it verifies', async () => {
    const world = await rig.world('verifying', 'strict');
    const id = await rig.request(world, { service: 'verifying', environment: 'strict' });
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'readiness'));
    await abort(id);
    expect((await rig.ended(id)).outcome).toBe('aborted');
    expect(await causeOf(id)).toMatchObject({ kind: 'abort', by: { subject: 'key:alice' }, reason: 'changed my mind' });
    expect(world.changes).toEqual([]);
  });

  it('ends it as aborted while it waits for approval, by a robot for what it requested and for nothing else', async () => {
    const world = await rig.world('approving');
    const id = await rig.request(world, { service: 'approving' });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    const robot = await rig.call('key:ci-shop', 'POST', `/v1/deployments/${id}/abort`, {});
    expect(robot).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    await abort(id);
    expect((await rig.ended(id)).outcome).toBe('aborted');
    expect(world.changes).toEqual([]);
  });

  it('ends it as aborted while it waits for its target', async () => {
    const world = await rig.world('queueing');
    const holder = await approved(world, { service: 'queueing', procedure: { monitoring: { period: '1m' } } });
    await rig.until(holder, ({ phase }) => phase === 'monitoring');
    const id = await approved(world, { service: 'queueing', release: '1.4.3' });
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'target'));
    await abort(id);
    expect((await rig.ended(id)).outcome).toBe('aborted');
    await abort(holder);
    expect((await rig.ended(holder)).outcome).toBe('rolled-back');
    untouched(world);
    // The lock is free once both have published their records.
    const target = await eventually(
      () => rig.call('key:alice', 'GET', '/v1/targets/queueing/production'),
      ({ body }) => (body['open'] as unknown[]).length === 0,
    );
    expect(target.body).toMatchObject({ lock: null, queue: [] });
  });
});

describe('an abort after the first change', () => {
  it('ends a step in flight first, then undoes it', async () => {
    const world = await rig.world('inflight');
    const held = latch();
    world.bend('PUT /slots/green', () => held.closed);
    const arrived = world.arrival('PUT /slots/green');
    const id = await approved(world, { service: 'inflight' });
    await arrived;
    await abort(id);
    const { outcome } = await rig.ended(id);
    held.open();
    expect(outcome).toBe('rolled-back');
    untouched(world);
    const journal = await rig.journal(id);
    const order = journal.map(({ type }) => type);
    expect(order.indexOf('action-completed')).toBeLessThan(order.indexOf('rollback-started'));
    expect(entriesOf(journal, 'action-completed')[0]?.outcome.kind).toBe('unknown');
  });

  it.each([
    ['a hold', 'hold', () => steps.hold('1m')],
    ['a gate', 'gate', () => steps.gate()],
    ['a manual step', 'manual', () => steps.manual()],
  ])('rolls back in %s', async (_name, kind, step) => {
    const service = `at-${kind}`;
    const world = await rig.world(service);
    const id = await approved(world, { service, steps: [steps.startByHttp(world), steps.switch(world), step()] });
    await rig.until(id, ({ waitingFor }) => waitingFor.some((one) => one.kind === kind));
    expect((await rig.status(id)).ifAborted.map((one) => one.step)).toContain('switch');
    await abort(id, 'key:dan');
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    untouched(world);
  });

  it('rolls back in a pause', async () => {
    const world = await rig.world('at-pause');
    const held = latch();
    world.bend('PUT /route', () => held.closed);
    const arrived = world.arrival('PUT /route');
    const id = await approved(world, {
      service: 'at-pause',
      steps: [steps.startByHttp(world), steps.switch(world), steps.hold('1s')],
    });
    await arrived;
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/pause`, {});
    held.open();
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'pause'));
    await abort(id);
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    untouched(world);
  });

  it('rolls back while it validates', async () => {
    const world = await rig.world('validating');
    const held = latch();
    const none = { none: 'not here' };
    const smoke = [{ id: 'slow', http: `${world.url}/slow` }];
    world.bend('GET /slow', () => held.closed);
    const arrived = world.arrival('GET /slow');
    const id = await approved(world, {
      service: 'validating',
      procedure: { validation: { smoke, performance: none, integrations: none, features: none } },
    });
    await arrived;
    await rig.until(id, ({ phase }) => phase === 'validating');
    await abort(id);
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    held.open();
    untouched(world);
  });

  it('rolls back while it documents', async () => {
    const world = await rig.world('documenting');
    const held = latch();
    rig.holdPublishing(held.closed);
    const id = await approved(world, { service: 'documenting' });
    await rig.until(id, ({ phase }) => phase === 'documenting');
    await abort(id);
    await rig.until(id, ({ phase }) => phase === 'rolling-back' || phase === 'documenting');
    rig.holdPublishing(null);
    held.open();
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    untouched(world);
  });

  it('rolls back in monitoring; any number of further aborts change nothing and fill no history', async () => {
    const world = await rig.world('monitored');
    const id = await approved(world, { service: 'monitored', procedure: { monitoring: { period: '1m' } } });
    const { waitingFor } = await rig.until(id, ({ phase }) => phase === 'monitoring');
    const [wait] = waitingFor.filter(({ kind }) => kind === 'monitoring');
    expect(wait).toMatchObject({ then: 'goes on' });
    expect(Date.parse(wait?.until ?? '') - Date.parse(wait?.since ?? '')).toBe(60_000);
    const held = latch();
    world.bend('PUT /route', () => held.closed);
    const arrived = world.arrival('PUT /route');
    await abort(id);
    await arrived;
    await rig.until(id, ({ phase }) => phase === 'rolling-back');
    await abort(id, 'key:bob');
    for (let i = 0; i < 20; i += 1) await abort(id, i % 2 === 0 ? 'key:alice' : 'key:bob');
    held.open();
    expect(await rig.ended(id)).toMatchObject({ outcome: 'rolled-back', waitingFor: [] });
    untouched(world);
    const journal = await rig.journal(id);
    expect(entriesOf(journal, 'abort-requested')).toHaveLength(1);
    expect(entriesOf(journal, 'rollback-started')).toHaveLength(1);
    const { events } = await rig.client.workflow.getHandle('deployment/monitored/production/1').fetchHistory();
    const aborts = (events ?? []).filter((one) => one.workflowExecutionSignaledEventAttributes?.signalName === 'abort');
    expect(aborts).toHaveLength(2);
  });

  it('is too late once the deployment is confirmed, and answers ended after the end', async () => {
    const world = await rig.world('confirmed');
    const id = await approved(world, {
      service: 'confirmed',
      procedure: { monitoring: { period: '1s', handoff: { role: 'support', within: '1m' } } },
    });
    await rig.until(id, ({ phase }) => phase === 'handing-over');
    const late = await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    expect(late).toMatchObject({ status: 409, body: { code: 'too-late' } });
    await rig.call('key:dan', 'POST', `/v1/deployments/${id}/acknowledge`, { for: 'handoff' });
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    const ended = await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    expect(ended).toMatchObject({ status: 409, body: { code: 'ended' } });
    expect(world.live).toBe('green');
  });

  it('comes too late while people are being notified of the end, like every other message', async () => {
    const world = await rig.world('being-told');
    const id = await approved(world, { service: 'being-told', procedure: { monitoring: { period: '1s' } } });
    await rig.until(id, ({ phase }) => phase === 'monitoring');
    const held = latch();
    rig.holdTelling(held.closed);
    // The workflow knows of it first: what the store has follows with the end itself.
    const workflow = rig.client.workflow.getHandle('deployment/being-told/production/1');
    const decided = await eventually(
      () => workflow.query<Status, [string]>('status', 'key:alice'),
      ({ can }) => can.length === 0,
    );
    expect(decided.outcome).toBeNull();
    const ended = { status: 409, body: { code: 'ended' } };
    expect(await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {})).toMatchObject(ended);
    const note = { severity: 'major', statement: 'too late' };
    // A note is taken once it has closed, and is to be said again until then.
    const notYet = { status: 503, body: { code: 'not-ready' } };
    expect(await rig.call('key:bob', 'POST', `/v1/deployments/${id}/note`, note)).toMatchObject(notYet);
    await rig.signal(id, 'note', { by: 'key:bob', ...note });
    await rig.signal(id, 'abort', { by: 'key:bob' });
    rig.holdTelling(null);
    held.open();
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    const journal = await rig.journal(id);
    expect(entriesOf(journal, 'message-refused').map(({ code }) => code)).toEqual(
      expect.arrayContaining(['ended', 'ended']),
    );
    expect(journal.map(({ type }) => type)).not.toContain('abort-requested');
    expect(journal.map(({ type }) => type)).not.toContain('note-added');
  });

  it("rolls back on Temporal's own cancel", async () => {
    const world = await rig.world('cancelled');
    const id = await approved(world, {
      service: 'cancelled',
      steps: [steps.startByHttp(world), steps.switch(world), steps.hold('1m')],
    });
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    await rig.client.workflow.getHandle(`deployment/cancelled/production/1`).cancel();
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    untouched(world);
    expect(await causeOf(id)).toEqual({ kind: 'cancelled' });
  });

  it('is taken as a signal past the API', async () => {
    const world = await rig.world('by-signal');
    const id = await approved(world, {
      service: 'by-signal',
      steps: [steps.startByHttp(world), steps.switch(world), steps.hold('1m')],
    });
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    await rig.signal(id, 'abort', { by: 'key:bob', reason: 'by hand' });
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    expect(await causeOf(id)).toMatchObject({ kind: 'abort', by: { via: 'signal', identity: 'asserted' } });
  });
});
