import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultPayloadConverter } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOfJson } from '../../src/domain/base/canonical-json.ts';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import { changeOf, steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { latch } from '../support/latch.ts';
import { rules, testPolicy } from '../support/policy.ts';
import { type Rig, startRig, workflowIdOf } from '../support/rig.ts';
import type { World } from '../support/world.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

/** A target once its lock is free, which is when the holder's workflow has closed. */
const freeTarget = (service: string) =>
  eventually(
    () => targetOf(service),
    ({ lock }) => lock === null,
  );
const targetOf = async (service: string) =>
  (await rig.call('key:alice', 'GET', `/v1/targets/${service}/production`)).body;
async function inHold(service: string): Promise<{ readonly world: World; readonly id: string }> {
  const world = await rig.world(service);
  const id = await rig.request(world, {
    service,
    steps: [steps.startByHttp(world), steps.switch(world), steps.hold('1m')],
  });
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  await rig.approve(id);
  await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
  return { world, id };
}
const resolve = (service: string, body: unknown) =>
  rig.call<{ id: string }>('key:carol', 'POST', `/v1/targets/${service}/production/resolve`, body);
describe('a deployment that is terminated', () => {
  it('keeps the lock, is paged, gets a record that states what is unknown, and is repaired from its history', async () => {
    const { world, id } = await inHold('terminated');
    await rig.client.workflow.getHandle(workflowIdOf(id)).terminate('somebody thought so');
    const target = await eventually(
      () => targetOf('terminated'),
      (seen) => seen['needsIntervention'] === true,
    );
    expect(target).toMatchObject({ lock: { deployment: id }, live: { release: '1.4.1' } });
    const { outcome } = await eventually(
      () => rig.status(id),
      (status) => status.outcome !== null,
    );
    expect(outcome).toBe('needs-intervention');
    expect(rig.told.some((line) => line.includes(id) && line.includes('was lost'))).toBe(true);
    const journal = await rig.journal(id);
    expect(entriesOf(journal, 'deviation').map(({ code }) => code)).toContain('ended-from-outside');
    expect(await rig.record(id)).toContain('**NEEDS INTERVENTION**');
    // Nobody else gets the target meanwhile.
    expect(
      await rig.call('key:carol', 'POST', '/v1/targets/terminated/production/adopt', {
        release: '1',
        artifact: { uri: 'a', digest: `sha256:${'a'.repeat(64)}` },
        reason: 'no',
      }),
    ).toMatchObject({ status: 409, body: { code: 'target-busy' } });

    // Whoever may put it in order is told so, and nobody else.
    const shown = async (subject: string) =>
      (await rig.call<{ can: string[]; links: Record<string, string> }>(subject, 'GET', `/v1/deployments/${id}`)).body;
    expect(await shown('key:carol')).toMatchObject({
      can: ['note', 'resolve'],
      links: { resolve: '/v1/targets/terminated/production/resolve' },
    });
    expect((await shown('key:dan')).can).toEqual(['note']);

    const repair = await resolve('terminated', { deployment: id, decision: 'compensate', reason: 'back to 1.4.1' });
    expect(repair.status).toBe(202);
    expect((await rig.ended(repair.body.id)).outcome).toBe('succeeded');
    expect(world.live).toBe('blue');
    expect(world.slots.green.running).toBe(false);
    expect(await freeTarget('terminated')).toMatchObject({
      lock: null,
      live: { release: '1.4.1' },
      needsIntervention: false,
    });
    expect((await shown('key:carol')).can).toEqual(['note']);
  });

  it('in the queue has changed nothing: aborted, with its whole journal, and no repair is asked for', async () => {
    const { id: holder } = await inHold('queued');
    const world = await rig.world('queued-elsewhere');
    const id = await rig.request(world, { service: 'queued' });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/note`, {
      severity: 'minor',
      statement: 'for the record',
    });
    await rig.approve(id);
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'target'));
    const before = await rig.journal(id);
    expect(entriesOf(before, 'note-added')).toHaveLength(1);
    await rig.client.workflow.getHandle(workflowIdOf(id)).terminate('by mistake');
    const { outcome } = await eventually(
      () => rig.status(id),
      (status) => status.outcome !== null,
    );
    expect(outcome).toBe('aborted');
    const journal = await eventually(
      () => rig.journal(id),
      (entries) => entries.at(-1)?.type === 'record-published',
    );
    expect(journal.slice(0, before.length)).toEqual(before);
    expect(journal.slice(before.length).map(({ type }) => type)).toEqual(['deviation', 'ended', 'record-published']);
    const markdown = await rig.record(id);
    expect(markdown).toContain('before it had changed anything');
    expect(markdown).not.toMatch(/resolve|keeps its lock|NEEDS INTERVENTION/);
    expect(rig.told.some((line) => line.includes(id) && line.includes('it never had the lock'))).toBe(true);
    expect(await targetOf('queued')).toMatchObject({
      lock: { deployment: holder },
      needsIntervention: false,
      queue: [],
    });
    await rig.call('key:alice', 'POST', `/v1/deployments/${holder}/abort`, {});
    expect((await rig.ended(holder)).outcome).toBe('rolled-back');
  });

  it('before people have approved has changed nothing either, whatever phase it is in', async () => {
    const world = await rig.world('unapproved');
    const id = await rig.request(world, { service: 'unapproved' });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.client.workflow.getHandle(workflowIdOf(id)).terminate();
    await eventually(
      () => rig.status(id),
      (status) => status.outcome === 'aborted',
    );
    expect((await rig.deploy(world, { service: 'unapproved', release: '1.4.3' })).status.outcome).toBe('succeeded');
  });

  it('after it was confirmed has succeeded: what it brought serves, and the target is free', async () => {
    const world = await rig.world('confirmed');
    const handoff = { monitoring: { period: '1s', handoff: { role: 'support', within: '10m' } } };
    const id = await rig.request(world, { service: 'confirmed', procedure: handoff });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(id);
    await rig.until(id, ({ phase }) => phase === 'handing-over');
    await rig.client.workflow.getHandle(workflowIdOf(id)).terminate();
    await eventually(
      () => rig.status(id),
      (status) => status.outcome === 'succeeded',
    );
    expect(await targetOf('confirmed')).toMatchObject({
      lock: null,
      live: { deployment: id },
      needsIntervention: false,
    });
    expect(await rig.record(id)).not.toContain('with operational excellence certification');
  });

  it('while a person carries out its first step leaves that step outstanding, though no action is in its history', async () => {
    const world = await rig.world('by-hand');
    const undo = { undo: { http: `${world.url}/slots/green`, method: 'DELETE' } };
    const id = await rig.request(world, {
      service: 'by-hand',
      steps: [steps.manual('1m', undo), steps.startByHttp(world), steps.switch(world)],
    });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(id);
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'manual'));
    await rig.client.workflow.getHandle(workflowIdOf(id)).terminate();
    await eventually(
      () => targetOf('by-hand'),
      (seen) => seen['needsIntervention'] === true,
    );
    const repair = await resolve('by-hand', { deployment: id, decision: 'compensate', reason: 'back' });
    expect((await rig.ended(repair.body.id)).outcome).toBe('succeeded');
    expect(world.changes).toContain('DELETE /slots/green');
  });

  it('is undone whole, however much was journaled right before the step that was under way', async () => {
    const world = await rig.world('talkative');
    const held = latch();
    const id = await rig.request(world, {
      service: 'talkative',
      steps: [steps.startByHttp(world), steps.gate(), steps.switch(world)],
    });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(id);
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'gate'));
    const statement = 'x'.repeat(500);
    const note = { severity: 'minor', statement };
    for (let i = 0; i < 30; i += 1) await rig.call('key:alice', 'POST', `/v1/deployments/${id}/note`, note);
    world.bend('PUT /route', () => held.closed);
    const arrived = world.arrival('PUT /route');
    await rig.approve(id, 'key:bob', 'go');
    await arrived;
    await rig.client.workflow.getHandle(workflowIdOf(id)).terminate();
    held.open();
    await eventually(
      () => targetOf('talkative'),
      (seen) => seen['needsIntervention'] === true,
    );
    const repair = await resolve('talkative', { deployment: id, decision: 'compensate', reason: 'back' });
    expect((await rig.ended(repair.body.id)).outcome).toBe('succeeded');
    expect(world.live).toBe('blue');
    expect(world.slots.green.running).toBe(false);
  });

  it('is replaced by a repair that can itself be repaired when its compensation fails, too', async () => {
    const { world, id } = await inHold('twice-lost');
    await rig.client.workflow.getHandle(workflowIdOf(id)).terminate();
    await eventually(
      () => targetOf('twice-lost'),
      (seen) => seen['needsIntervention'] === true,
    );
    world.bend('DELETE /slots/green', 500);
    const first = await resolve('twice-lost', { deployment: id, decision: 'compensate', reason: 'first try' });
    expect((await rig.ended(first.body.id)).outcome).toBe('needs-intervention');
    world.bend('DELETE /slots/green', null);
    const moves = () => world.changes.filter((change) => change === 'PUT /route blue').length;
    expect(moves()).toBe(1);
    const second = await eventually(
      () => resolve('twice-lost', { deployment: first.body.id, decision: 'compensate', reason: 'second try' }),
      ({ status }) => status === 202,
    );
    expect((await rig.ended(second.body.id)).outcome).toBe('succeeded');
    expect(moves()).toBe(1);
    expect(world.slots.green.running).toBe(false);
    expect(await freeTarget('twice-lost')).toMatchObject({ lock: null, live: { release: '1.4.1' } });
  });
});

describe('while nothing can be published', () => {
  const told = (id: string, event: string) =>
    eventually(
      () => Promise.resolve(rig.told),
      (lines) => lines.some((line) => line.startsWith(`[${event}] ${id}`)),
    );
  const isRunning = async (id: string) =>
    (await rig.client.workflow.getHandle(workflowIdOf(id)).describe()).status.name === 'RUNNING';

  it('a confirmed release serves and the target is free, in whichever view shows it first', async () => {
    const world = await rig.world('unpublished');
    const id = await rig.request(world, { service: 'unpublished' });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(id);
    await rig.until(id, ({ phase }) => phase === 'monitoring');
    const held = latch();
    rig.holdPublishing(held.closed);
    while (entriesOf(await rig.journal(id), 'confirmed').length === 0);
    expect(await targetOf('unpublished')).toMatchObject({ lock: null, live: { deployment: id }, slot: 'green' });
    const next = await rig.request(world, { service: 'unpublished', release: '1.4.3' });
    await rig.until(next, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(next);
    await rig.until(next, ({ phase }) => phase === 'documenting');
    expect(await isRunning(id)).toBe(true);
    rig.holdPublishing(null);
    held.open();
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    expect((await rig.ended(next)).outcome).toBe('succeeded');
    expect(await freeTarget('unpublished')).toMatchObject({ live: { deployment: next }, slot: 'blue' });
  });

  it('a record is completed while notifications are slow', async () => {
    const { id } = await inHold('unpublished-slow');
    const held = latch();
    rig.holdTelling(held.closed);
    await rig.client.workflow.getHandle(workflowIdOf(id)).terminate();
    const [ended] = await eventually(
      async () => entriesOf(await rig.journal(id), 'ended'),
      (entries) => entries.length > 0,
    );
    rig.holdTelling(null);
    held.open();
    expect(ended).toMatchObject({ outcome: 'needs-intervention' });
  });

  it('a release that was rolled back has left the target before anybody is notified of its end', async () => {
    const { id } = await inHold('unpublished-back');
    const held = latch();
    rig.holdPublishing(held.closed);
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    await told(id, 'ended');
    expect(await targetOf('unpublished-back')).toMatchObject({ lock: null, live: { release: '1.4.1' } });
    expect(await isRunning(id)).toBe(true);
    rig.holdPublishing(null);
    held.open();
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
  });

  it('a target that needs a person is resolved as soon as anybody is notified of that', async () => {
    const { world, id } = await inHold('unpublished-stuck');
    world.bend('DELETE /slots/green', 500);
    const held = latch();
    rig.holdPublishing(held.closed);
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    await told(id, 'ended');
    expect(await targetOf('unpublished-stuck')).toMatchObject({ lock: { deployment: id }, needsIntervention: true });
    world.bend('DELETE /slots/green', null);
    const repair = await resolve('unpublished-stuck', { deployment: id, decision: 'compensate', reason: 'mended' });
    expect(repair.status).toBe(202);
    expect(await freeTarget('unpublished-stuck')).toMatchObject({
      live: { release: '1.4.1' },
      needsIntervention: false,
    });
    expect(world.slots.green.running).toBe(false);
    expect(await isRunning(id)).toBe(true);
    rig.holdPublishing(null);
    held.open();
    expect((await rig.ended(repair.body.id)).outcome).toBe('succeeded');
    expect((await rig.ended(id)).outcome).toBe('needs-intervention');
    // Its late end changes nothing of a target that has been repaired.
    await eventually(
      () => targetOf('unpublished-stuck'),
      ({ open }) => (open as unknown[]).length === 0,
    );
    expect(await targetOf('unpublished-stuck')).toMatchObject({ lock: null, needsIntervention: false });
  });

  it('a forged signal in the name of a deployment that goes on does not have it repaired', async () => {
    const { id } = await inHold('said-stuck');
    const target = rig.client.workflow.getHandle('target/said-stuck/production');
    for (const odd of [undefined, null, 7, { number: '1', seq: 1 }, { number: 1 }, { number: 2, seq: 5 }])
      await target.signal('stuck', odd);
    expect(await targetOf('said-stuck')).toMatchObject({ needsIntervention: false });
    await target.signal('stuck', { number: 1, seq: 5 });
    const repair = await resolve('said-stuck', { deployment: id, decision: 'compensate', reason: 'so it seemed' });
    expect(repair).toMatchObject({ status: 503, body: { code: 'not-ready' } });
    expect(rig.told.some((line) => line.includes(`${id} still runs: abort it first`))).toBe(true);
    expect(await targetOf('said-stuck')).toMatchObject({
      lock: { deployment: id },
      needsIntervention: false,
      open: [id],
    });
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    await freeTarget('said-stuck');
  });

  it('for its folder takes no file, the record is there, people are paged once, and the file comes once it is mended', async () => {
    const folder = join(rig.folder, 'records');
    // Files of earlier tests may be written to it now.
    await eventually(
      () =>
        writeFile(folder, 'no folder').then(
          () => 'written',
          () => rename(folder, `${folder}-${Date.now()}`).catch(() => undefined),
        ),
      (done) => done === 'written',
    );
    const world = await rig.world('unwritable');
    const { id, status } = await rig.deploy(world, { service: 'unwritable', release: '2.0.0' });
    expect(status.outcome).toBe('succeeded');
    await eventually(
      async () => (await rig.journal(id)).at(-1),
      (last) => last?.type === 'record-published' && last.state === 'final',
    );
    await eventually(
      () => isRunning(id),
      (is) => !is,
    );
    expect(rig.told.filter((line) => line.startsWith(`[page] ${id}`))).toHaveLength(1);
    expect(await rig.record(id)).toContain('SUCCEEDED');
    await rm(folder);
    const files = await eventually(
      () => readdir(folder).catch(() => [] as string[]),
      (names) => names.some((name) => name.includes('2.0.0')),
    );
    expect(await readFile(join(folder, files.find((name) => name.includes('2.0.0')) ?? ''), 'utf8')).toBe(
      await rig.record(id),
    );
  });
});

describe('a target that is terminated', () => {
  it('is never started anew by a request, only by resolve, with its numbers and its fence', async () => {
    const { world, id } = await inHold('no-target');
    await rig.client.workflow.getHandle('target/no-target/production').terminate();
    await expect(rig.request(world, { service: 'no-target' })).rejects.toThrow('needs-intervention');
    // The deployment goes on without its target: it is not hurried, and still undone by an abort.
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    await eventually(
      () => rig.status(id),
      (status) => status.outcome !== null,
    );
    expect(world.live).toBe('blue');
    const repair = await eventually(
      () => resolve('no-target', { deployment: id, decision: 'compensate', reason: 'start again' }),
      ({ status }) => status === 202,
    );
    expect(repair.body.id).toBe('no-target.production.2');
    expect((await rig.ended(repair.body.id)).outcome).toBe('succeeded');
    expect(await freeTarget('no-target')).toMatchObject({
      lock: null,
      fence: 2,
      lastNumber: 2,
      live: { release: '1.4.1' },
    });
    const next = await rig.deploy(world, { service: 'no-target', release: '1.4.3' });
    expect(next.status.outcome).toBe('succeeded');
    expect(entriesOf(next.journal, 'lock-granted')[0]?.fence).toBe(3);
  });
});

describe('deployments that outlive their target', () => {
  const wait = async (service: string, world: World, release: string) => {
    const id = await rig.request(world, { service, release });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    return id;
  };
  const inQueue = async (service: string, world: World, release: string) => {
    const id = await wait(service, world, release);
    await rig.approve(id);
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'target'));
    return id;
  };

  it('are taken in again by the next one, in the order in which they waited, and so is one that asks later', async () => {
    const { world, id: holder } = await inHold('orphans');
    const unapproved = await wait('orphans', world, '1.4.2');
    const [second, third] = [await inQueue('orphans', world, '1.4.3'), await inQueue('orphans', world, '1.4.4')];
    await rig.client.workflow.getHandle('target/orphans/production').terminate();
    await rig.call('key:alice', 'POST', `/v1/deployments/${holder}/abort`, {});
    await eventually(
      () => rig.status(holder),
      (status) => status.outcome !== null,
    );
    const repair = await eventually(
      () => resolve('orphans', { deployment: holder, decision: 'compensate', reason: 'start again' }),
      ({ status }) => status === 202,
    );
    expect(repair.body.id).toBe('orphans.production.5');
    expect((await rig.ended(second)).outcome).toBe('succeeded');
    expect((await rig.ended(third)).outcome).toBe('succeeded');
    expect((await rig.ended(unapproved)).outcome).toBe('superseded');
    const grants = await Promise.all(
      [second, third].map(async (id) => entriesOf(await rig.journal(id), 'lock-granted')[0]?.fence ?? 0),
    );
    expect(grants).toEqual([3, 4]);
    expect(await freeTarget('orphans')).toMatchObject({ live: { deployment: third }, lastNumber: 5 });
    // The holder's switch and its undoing, then that of each who waited, once.
    expect(world.changes.filter((change) => change.startsWith('PUT /route'))).toEqual(
      ['green', 'blue', 'green', 'blue'].map((slot) => `PUT /route ${slot}`),
    );
  });

  it('keep a target from being started again whose copy does not know that one of them has the lock', async () => {
    const service = 'behind';
    const world = await rig.world(service);
    // What it serves is known to the store; nothing from then on is.
    await eventually(
      () => rig.store.target(service, 'production'),
      (copy) => copy !== null,
    );
    const refused = rig.refuseTargets(new Error('no copy is kept'));
    const holder = await rig.request(world, { service, steps: [steps.startByHttp(world), steps.hold('1m')] });
    await rig.until(holder, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(holder);
    await rig.until(holder, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    await refused;
    const waiting = await inQueue(service, world, '1.4.3');
    const target = rig.client.workflow.getHandle(`target/${service}/production`);
    await target.terminate();
    void rig.refuseTargets(null);

    const again = { deployment: holder, decision: 'compensate', reason: 'start again' };
    const busy = { status: 409, body: { code: 'target-busy', detail: expect.stringContaining(holder) as string } };
    expect(await resolve(service, again)).toMatchObject(busy);
    expect((await target.describe()).status.name).toBe('TERMINATED');

    await rig.call('key:alice', 'POST', `/v1/deployments/${holder}/abort`, {});
    expect((await rig.ended(holder)).outcome).toBe('rolled-back');
    // It owes nothing, so that the target is free once it is there again; whoever waited gets it by a greater fence.
    await eventually(
      () => resolve(service, again),
      (answer) => answer.body['code' as never] === 'nothing-to-resolve',
    );
    expect((await rig.ended(waiting)).outcome).toBe('succeeded');
    expect(entriesOf(await rig.journal(waiting), 'lock-granted').map(({ fence }) => fence)).toEqual([2]);
    expect(await freeTarget(service)).toMatchObject({ live: { deployment: waiting }, fence: 2, lastNumber: 2 });
  });

  it('are no pretenders: what is no child of the target, was reset or has ended gets no place', async () => {
    const world = await rig.world('strangers');
    const { id } = await rig.deploy(world, { service: 'strangers' });
    const started = await rig.client.workflow.getHandle(workflowIdOf(id)).fetchHistory();
    const [input] = started.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    const argument = defaultPayloadConverter.fromPayload<Record<string, unknown>>(input ?? {});
    const byHand = await rig.client.workflow.start('deployment', {
      workflowId: 'deployment/strangers/production/77',
      taskQueue: 'gantry',
      args: [{ ...argument, number: 77 }],
    });
    const target = rig.client.workflow.getHandle('target/strangers/production');
    await eventually(
      () => targetOf('strangers'),
      ({ open }) => (open as unknown[]).length === 0,
    );
    for (const number of [1, 77, 78]) await target.signal('acquire', { number });
    await eventually(
      () => target.fetchHistory(),
      ({ events }) => (events ?? []).filter(isOf('findUnknownDeployments')).length > 0,
    );
    expect(await targetOf('strangers')).toMatchObject({ open: [], queue: [], lock: null, lastNumber: 1 });
    for (let i = 0; i < 5; i += 1) await target.signal('acquire', { number: 77 });
    await byHand.terminate();
    expect((await rig.deploy(world, { service: 'strangers', release: '1.4.3' })).status.outcome).toBe('succeeded');
  });

  const isOf =
    (activity: string) =>
    ({ activityTaskScheduledEventAttributes: scheduled }: { activityTaskScheduledEventAttributes?: unknown }) =>
      (scheduled as { activityType?: { name?: string } } | null)?.activityType?.name === activity;
});

describe('a number that is in use', () => {
  const occupy = (service: string, number: number) =>
    rig.client.workflow.start('recordExport', {
      workflowId: `deployment/${service}/production/${number}`,
      taskQueue: 'nobody',
      args: ['x'],
    });

  it('is skipped by a request, whose sender gets the next one', async () => {
    const world = await rig.world('used');
    // As they are left of a time that the target knows nothing of.
    const { id: other } = await rig.deploy(await rig.world('used-before'), { service: 'used-before' });
    const { plan: before } = (await rig.call<{ plan: Plan }>('key:alice', 'GET', `/v1/deployments/${other}/plan`)).body;
    const plan = { ...before, service: 'used' };
    for (const number of [1, 2]) {
      // Aborted before a worker has looked at it: the store has nothing of it, not even its plan.
      const old = await rig.client.workflow.signalWithStart('deployment', {
        workflowId: `deployment/used/production/${number}`,
        taskQueue: 'gantry',
        args: [{ plan, planDigest: digestOfJson(plan), seals: null, number, presumed: { live: null, slot: null } }],
        signal: 'abort',
        signalArgs: [{ by: 'key:alice' }],
      });
      expect(await old.result()).toMatchObject({ outcome: 'aborted' });
    }
    const { id, status } = await rig.deploy(world, { service: 'used' });
    expect({ id, outcome: status.outcome }).toEqual({ id: 'used.production.3', outcome: 'succeeded' });
    expect(rig.told.some((line) => line.includes('used.production.1 could not be started'))).toBe(true);
  });

  it('does not wedge a target: its repair gets the next one', async () => {
    const { world, id } = await inHold('used-up');
    const there = await occupy('used-up', 2);
    await rig.client.workflow.getHandle(workflowIdOf(id)).terminate();
    await eventually(
      () => targetOf('used-up'),
      (seen) => seen['needsIntervention'] === true,
    );
    const repair = await resolve('used-up', { deployment: id, decision: 'compensate', reason: 'back' });
    expect(repair).toMatchObject({ status: 202, body: { id: 'used-up.production.3' } });
    expect((await rig.ended(repair.body.id)).outcome).toBe('succeeded');
    expect(world.slots.green.running).toBe(false);
    expect(await freeTarget('used-up')).toMatchObject({ live: { release: '1.4.1' }, needsIntervention: false });
    await there.terminate();
  });
});

describe('a deployment that is reset', () => {
  it('may not act again', async () => {
    const { world, id } = await inHold('reset');
    const handle = rig.client.workflow.getHandle(workflowIdOf(id));
    const history = await handle.fetchHistory();
    const firstAct = (history.events ?? []).find(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'act',
    );
    const before = (history.events ?? []).findLast(
      (event) => event.workflowTaskCompletedEventAttributes && Number(event.eventId) < Number(firstAct?.eventId),
    );
    const changes = [...world.changes];
    await rig.client.workflowService.resetWorkflowExecution({
      namespace: rig.server.namespace,
      workflowExecution: { workflowId: workflowIdOf(id), runId: (await handle.describe()).runId },
      workflowTaskFinishEventId: before?.eventId ?? null,
      reason: 'a mistake',
      requestId: crypto.randomUUID(),
    });
    const { outcome } = await eventually(
      () => rig.status(id),
      (status) => status.outcome !== null,
    );
    expect(outcome).toBe('needs-intervention');
    expect(world.changes).toEqual(changes);
    expect(JSON.stringify(await rig.journal(id))).toMatch(/run-was-reset|journal-conflict/);
  });
});

describe('an approval that is lost', () => {
  it('goes back to people when the person is gone before the first change, and rolls back after it', async () => {
    const world = await rig.world('left');
    const without = (subject: string) => ({
      ...testPolicy,
      people: testPolicy.people.map((one) => (one.subject === subject ? { ...one, roles: ['developer'] } : one)),
    });
    // Stricter for whatever is requested from now on; what runs keeps the rules of its plan.
    const stricter = { ...rules, approvals: { ...rules.approvals, rules: [{ role: 'service-owner', minimum: 2 }] } };
    // A gate keeps the deployment between its steps.
    const id = await rig.request(world, {
      service: 'left',
      steps: [steps.startByHttp(world), steps.gate(), steps.switch(world)],
    });
    const { planDigest } = await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.writePolicy({
      ...without('key:bob'),
      environments: { ...testPolicy.environments, production: stricter },
    });
    await rig.approve(id, 'key:bob');
    await rig.until(id, ({ approvals, phase }) => phase === 'awaiting-approval' && approvals.length === 0);
    expect(entriesOf(await rig.journal(id), 'approval-lapsed')).toMatchObject([{ subject: 'key:bob', gate: 'start' }]);
    await rig.approve(id, 'key:olga');
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'gate'));
    // Seen at two grants, told once.
    expect(entriesOf(await rig.journal(id), 'policy-changed')).toMatchObject([
      { changed: ['/people/key:bob/roles', '/approvals/rules/service-owner/minimum'], count: 2 },
    ]);
    await rig.writePolicy(without('key:olga'));
    await rig.signal(id, 'approve', { by: 'key:bob', planDigest, gate: 'go' });
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    expect(entriesOf(await rig.journal(id), 'ended')[0]?.cause).toMatchObject({ kind: 'approval-lost' });
    expect(world.slots.green.running).toBe(false);
    await rig.writePolicy(testPolicy);
  });
});

describe('files of a procedure', () => {
  it('that are not those that were planned stop the step before it acts', async () => {
    const world = await rig.world('shop');
    await rig.submitEvidence('1.4.2');
    const file = join(rig.procedures, 'test-files', 'ctl.mjs');
    await cp(new URL('../support/ctl.mjs', import.meta.url), file);
    await writeFile(
      join(rig.procedures, 'test-files', 'procedure.yaml'),
      procedureWithFiles(world.url, process.execPath),
    );
    const body = {
      ...changeOf(world, { service: 'shop' }),
      procedure: 'test-files',
    };
    const answer = await rig.call<{ id: string }>('key:alice', 'POST', '/v1/deployments', body, {
      'idempotency-key': 'files',
    });
    expect(answer.status).toBe(202);
    const { id } = answer.body;
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await writeFile(file, `${await readFile(file, 'utf8')}\n// changed\n`);
    await rig.approve(id);
    const { outcome } = await rig.ended(id);
    expect(outcome).not.toBe('succeeded');
    expect(world.changes).toEqual([]);
    expect(JSON.stringify(entriesOf(await rig.journal(id), 'ended'))).toContain('files-changed');
  });
});

const procedureWithFiles = (url: string, node: string) => `
gantry: 1
procedure: test-files
description: A command in a file.
environments: { production: {} }
files: [ctl.mjs]
slots: { blue: { url: "${url}/slots/blue" }, green: { url: "${url}/slots/green" } }
steps:
  - id: start-idle
    title: Start
    do: { command: ["${node}", ctl.mjs, start, "\${slot.idle.name}", "\${release}", "\${artifact.digest}"], env: { WORLD: "${url}" } }
    undo: { http: "${url}/slots/\${slot.idle.name}", method: DELETE }
    done: { http: "${url}/slots/\${slot.idle.name}", json: { /digest: "\${artifact.digest}" } }
    verify: [{ id: up, http: "${url}/slots/\${slot.idle.name}/health" }]
health: [{ id: front-door, availability: "${url}/" }]
validation: { smoke: [{ id: home, http: "${url}/" }], performance: { none: no }, integrations: { none: no }, features: { none: no } }
rollback: { verify: [{ id: previous, http: "${url}/version" }] }
monitoring: { period: 1s }
`;
