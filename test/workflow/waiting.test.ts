import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { askForRest } from '../../src/temporal/journals.ts';
import { steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { latch } from '../support/latch.ts';
import { testPolicy } from '../support/policy.ts';
import { type Rig, startRig, workflowIdOf } from '../support/rig.ts';
import type { World } from '../support/world.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

async function approved(world: World, options: Parameters<Rig['request']>[1]): Promise<string> {
  const id = await rig.request(world, options);
  await rig.until(
    id,
    ({ phase, waitingFor }) => phase === 'awaiting-approval' || waitingFor.some(({ kind }) => kind === 'readiness'),
  );
  if (options?.environment === 'brief') {
    await rig.call('key:dan', 'POST', `/v1/deployments/${id}/acknowledge`, { for: 'readiness' });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  }
  await rig.approve(id);
  return id;
}
const waitsFor = (id: string, kind: string) =>
  rig.until(id, ({ waitingFor }) => waitingFor.some((one) => one.kind === kind));
const post = (as: string, id: string, message: string, body: unknown = {}) =>
  rig.call(as, 'POST', `/v1/deployments/${id}/${message}`, body);

/** A step whose every time is short, so that it fits into a short limit. */
function quickStart(world: World) {
  const start = steps.startByHttp(world);
  return {
    ...start,
    do: { ...(start['do'] as object), timeout: '1s' },
    undo: { ...(start['undo'] as object), timeout: '1s', attempts: 1 },
    done: { ...(start['done'] as object), timeout: '500ms', interval: '100ms', within: '300ms' },
    verify: { none: 'it is read back where that matters' },
  };
}

describe('a pause', () => {
  const pausedAtHold = async (service: string, environment = 'production') => {
    const world = await rig.world(service, environment);
    const held = latch();
    world.bend('PUT /route', () => held.closed);
    const arrived = world.arrival('PUT /route');
    const id = await approved(world, {
      service,
      environment,
      steps: [steps.startByHttp(world), steps.switch(world), steps.hold('1s')],
    });
    await arrived;
    expect((await post('key:alice', id, 'pause', { reason: 'lunch' })).status).toBe(200);
    held.open();
    await waitsFor(id, 'pause');
    return { world, id };
  };

  it('acts before the next step and ends with resume', async () => {
    const { id } = await pausedAtHold('paused');
    expect(await post('key:alice', id, 'pause')).toMatchObject({ status: 409 });
    expect((await rig.status(id)).steps.map(({ state }) => state)).toEqual(['passed', 'passed', 'pending']);
    expect((await post('key:bob', id, 'resume')).status).toBe(200);
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    expect(entriesOf(await rig.journal(id), 'deviation').map(({ code }) => code)).toEqual(['paused']);
  });

  it('rolls back when nobody resumes in time', async () => {
    const { id, world } = await pausedAtHold('forgotten', 'brief');
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    expect(world.live).toBe('blue');
    expect(entriesOf(await rig.journal(id), 'ended')[0]?.cause).toMatchObject({ kind: 'overrun', limit: 'pause' });
  });
});

describe('a pause', () => {
  it('stops the clock of the steps while it lasts', async () => {
    const world = await rig.world('unhurried', 'hurried');
    const first = quickStart(world);
    const previous = { id: 'previous', http: `${world.url}/version`, timeout: '500ms' };
    const id = await approved(world, {
      service: 'unhurried',
      environment: 'hurried',
      procedure: { rollback: { verify: [previous] } },
      steps: [first, steps.hold('1s'), { ...first, id: 'again' }],
    });
    await waitsFor(id, 'hold');
    expect((await post('key:alice', id, 'pause')).status).toBe(200);
    const { steps: taken } = await waitsFor(id, 'pause');
    // Longer than the steps may take in all.
    await eventually(
      () => Promise.resolve(Date.now()),
      (now) => now > Date.parse(taken[0]?.startedAt ?? '') + 8_500,
    );
    expect((await post('key:alice', id, 'resume')).status).toBe(200);
    expect((await rig.ended(id)).outcome).toBe('succeeded');
  });

  it('acts before the validation when it is asked for in the last step', async () => {
    const world = await rig.world('paused-last');
    const held = latch();
    world.bend('PUT /route', () => held.closed);
    const arrived = world.arrival('PUT /route');
    const id = await approved(world, { service: 'paused-last' });
    await arrived;
    expect((await post('key:alice', id, 'pause')).status).toBe(200);
    held.open();
    const status = await waitsFor(id, 'pause');
    expect(status.steps.map(({ state }) => state)).toEqual(['passed', 'passed']);
    expect(entriesOf(await rig.journal(id), 'check-completed').map((one) => one.for)).not.toContain('validation');
    await post('key:alice', id, 'resume');
    expect((await rig.ended(id)).outcome).toBe('succeeded');
  });

  it('acts before the next phase in the validation and while it documents, and is refused in monitoring', async () => {
    const world = await rig.world('paused-late');
    const smoke = latch();
    const none = { none: 'not here' };
    world.bend('GET /slow', () => smoke.closed);
    const arrived = world.arrival('GET /slow');
    const validation = {
      smoke: [{ id: 'slow', http: `${world.url}/slow` }],
      performance: none,
      integrations: none,
      features: none,
    };
    const id = await approved(world, {
      service: 'paused-late',
      procedure: { validation, monitoring: { period: '1m' } },
    });
    await arrived;
    expect((await post('key:alice', id, 'pause')).status).toBe(200);
    smoke.open();
    expect((await waitsFor(id, 'pause')).phase).toBe('validating');
    const draft = latch();
    rig.holdPublishing(draft.closed);
    await post('key:alice', id, 'resume');
    await rig.until(id, ({ phase }) => phase === 'documenting');
    expect((await post('key:alice', id, 'pause')).status).toBe(200);
    rig.holdPublishing(null);
    draft.open();
    expect((await waitsFor(id, 'pause')).phase).toBe('documenting');
    await post('key:alice', id, 'resume');
    const { can } = await rig.until(id, ({ phase }) => phase === 'monitoring');
    expect(can).not.toContain('pause');
    expect(await post('key:alice', id, 'pause')).toMatchObject({ status: 409, body: { code: 'wrong-phase' } });
    await post('key:alice', id, 'abort');
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
  });

  it('takes what others have left of the time for all of them', async () => {
    const world = await rig.world('spent', 'brief');
    const held = latch();
    world.bend('PUT /route', () => held.closed);
    const arrived = world.arrival('PUT /route');
    const holds = [steps.hold('1s', 'first'), steps.hold('1s', 'second')];
    const more = [steps.startByHttp(world), steps.switch(world), ...holds];
    const id = await approved(world, { service: 'spent', environment: 'brief', steps: more });
    await arrived;
    await post('key:alice', id, 'pause');
    held.open();
    const before = (await waitsFor(id, 'pause')).waitingFor[0];
    const half = Date.parse(before?.since ?? '') + 1_000;
    await eventually(
      async () => Date.now(),
      (now) => now > half,
    );
    await post('key:alice', id, 'resume');
    await waitsFor(id, 'hold');
    await post('key:alice', id, 'pause');
    const after = (await waitsFor(id, 'pause')).waitingFor[0];
    expect(Date.parse(after?.until ?? '') - Date.parse(after?.since ?? '')).toBeLessThan(1_000);
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    expect(world.live).toBe('blue');
  });
});

describe('a pause before the first change', () => {
  it('holds no lock, and an approval that is withdrawn meanwhile is asked for again', async () => {
    const world = await rig.world('early-pause');
    const id = await rig.request(world, { service: 'early-pause' });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await post('key:alice', id, 'pause');
    await rig.approve(id);
    await waitsFor(id, 'pause');
    expect((await rig.call('key:alice', 'GET', '/v1/targets/early-pause/production')).body).toMatchObject({
      lock: null,
    });
    const { planDigest } = await rig.status(id);
    expect(await post('key:bob', id, 'withdraw', { planDigest })).toMatchObject({ status: 200 });
    await post('key:alice', id, 'resume');
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    expect(world.changes).toEqual([]);
    await rig.approve(id, 'key:olga');
    expect((await rig.ended(id)).outcome).toBe('succeeded');
  });
});

describe('a gate', () => {
  const atGate = async (service: string, within?: string) => {
    const world = await rig.world(service);
    const id = await approved(world, {
      service,
      steps: [steps.startByHttp(world), steps.gate(within), steps.switch(world)],
    });
    const status = await waitsFor(id, 'gate');
    return { world, id, status };
  };

  it('opens with the approval of its role, once, for this plan', async () => {
    const { id, status, world } = await atGate('gated');
    expect(status.waitingFor).toMatchObject([{ kind: 'gate', role: 'service-owner', who: ['key:bob', 'key:olga'] }]);
    expect(await post('key:carol', id, 'approve', { planDigest: status.planDigest, gate: 'go' })).toMatchObject({
      status: 403,
      body: { code: 'role-missing' },
    });
    expect(world.live).toBe('blue');
    await rig.update(id, 'approve', { by: 'key:olga', planDigest: status.planDigest, gate: 'go' });
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    expect(entriesOf(await rig.journal(id), 'approval-granted').at(-1)).toMatchObject({
      gate: 'go',
      by: { subject: 'key:olga', via: 'update', identity: 'asserted' },
    });
  });

  it('rolls back when nobody approves in time, and when somebody rejects', async () => {
    const late = await atGate('gate-late', '1s');
    expect((await rig.ended(late.id)).outcome).toBe('rolled-back');
    expect(late.world.slots.green.running).toBe(false);
    const no = await atGate('gate-no');
    await post('key:bob', no.id, 'reject', { planDigest: no.status.planDigest, gate: 'go', reason: 'not this one' });
    expect((await rig.ended(no.id)).outcome).toBe('rolled-back');
    expect(no.world.slots.green.running).toBe(false);
  });
});

describe('a manual step', () => {
  const atManual = async (service: string) => {
    const world = await rig.world(service);
    const id = await approved(world, {
      service,
      steps: [steps.startByHttp(world), steps.manual(), steps.switch(world)],
    });
    await waitsFor(id, 'manual');
    return { world, id };
  };

  it('is done by a person of its role', async () => {
    const { id } = await atManual('manual');
    expect(await post('key:alice', id, 'complete-step', { step: 'call', result: 'done' })).toMatchObject({
      status: 403,
      body: { code: 'role-missing' },
    });
    const done = { step: 'call', result: 'done', statement: 'they know' };
    expect((await post('key:dan', id, 'complete-step', done)).status).toBe(200);
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    const journal = await rig.journal(id);
    expect(entriesOf(journal, 'step-completed').find(({ step }) => step === 'call')).toMatchObject({
      result: 'passed',
      summary: 'they know',
      by: { subject: 'key:dan' },
    });
    // It was planned so.
    expect(entriesOf(journal, 'deviation')).toEqual([]);
  });

  it('rolls back when it failed', async () => {
    const { id, world } = await atManual('manual-failed');
    await post('key:dan', id, 'complete-step', { step: 'call', result: 'failed' });
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    expect(world.slots.green.running).toBe(false);
  });
});

describe('a limit', () => {
  it('of a manual step that nobody reports on rolls back', async () => {
    const world = await rig.world('unreported');
    const id = await approved(world, {
      service: 'unreported',
      steps: [steps.startByHttp(world), steps.manual('1s'), steps.switch(world)],
    });
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    expect(world.slots.green.running).toBe(false);
    expect(entriesOf(await rig.journal(id), 'ended')[0]?.cause).toMatchObject({ kind: 'overrun', limit: 'manual' });
  });

  it('of executing that is passed while no worker lives rolls back once one does', async () => {
    const world = await rig.world('slow', 'hurried');
    const first = quickStart(world);
    const previous = { id: 'previous', http: `${world.url}/version`, timeout: '500ms' };
    const id = await approved(world, {
      service: 'slow',
      environment: 'hurried',
      procedure: { rollback: { verify: [previous] } },
      steps: [first, steps.hold('1s'), { ...first, id: 'again' }],
    });
    await waitsFor(id, 'hold');
    const { steps: taken } = await rig.status(id);
    await rig.stopWorker();
    // The limit is a point in time, and it is the only thing that can come without a worker.
    await eventually(
      () => Promise.resolve(Date.now()),
      (now) => now > Date.parse(taken[0]?.startedAt ?? '') + 8_000,
    );
    await rig.startWorker();
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    expect(entriesOf(await rig.journal(id), 'ended')[0]?.cause).toMatchObject({ kind: 'overrun', limit: 'executing' });
    expect(world.slots.green.running).toBe(false);
  });
});

it('what is written keeps its time, also where a refused message came after it and the history is replayed', async () => {
  const world = await rig.world('timely');
  const id = await rig.request(world, { service: 'timely' });
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  for (const statement of ['one', 'two']) {
    const { seq } = await rig.status(id);
    await rig.signal(id, 'note', { by: 'key:bob', severity: 'minor', statement });
    await eventually(
      () => rig.store.journal(id, 0, 500),
      ({ length }) => length > seq,
    );
  }
  const written = await rig.store.journal(id, 0, 500);
  await rig.stopWorker();
  const handle = rig.client.workflow.getHandle(workflowIdOf(id));
  const events = async () => (await handle.fetchHistory()).events?.length ?? 0;
  const before = await events();
  const refused = rig.update(id, 'approve', { by: 'key:bob' }).catch((error: Error) => error);
  // Nobody takes the task that the update came with; another one follows on it, and on what the notes have led to.
  await eventually(events, (now) => now > before);
  await rig.startWorker();
  expect(await refused).toBeInstanceOf(Error);
  const { entries } = await askForRest(handle, 0);
  expect(entries).toEqual(written);
  await post('key:alice', id, 'abort');
  await rig.ended(id);
});

describe('the handoff', () => {
  const handoff = (within: string) => ({ monitoring: { period: '1s', handoff: { role: 'support', within } } });

  it('is taken during monitoring, and the record has the statement', async () => {
    const world = await rig.world('handed', 'strict');
    const id = await rig.request(world, { service: 'handed', environment: 'strict', procedure: handoff('1m') });
    await waitsFor(id, 'readiness');
    await post('key:dan', id, 'acknowledge', { for: 'readiness' });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(id);
    expect((await rig.status(id)).phase).toBe('awaiting-approval');
    await rig.approve(id, 'key:carol');
    await rig.until(id, ({ phase }) => phase === 'monitoring');
    expect((await post('key:bob', id, 'acknowledge', { for: 'handoff', statement: 'mine' })).status).toBe(200);
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    await eventually(
      () => rig.journal(id),
      (entries) => entries.at(-1)?.type === 'record-published',
    );
    const markdown = await rig.record(id);
    expect(markdown).toContain(
      'All validation pipeline requirements satisfied - deployment complete with operational excellence certification',
    );
    expect(await rig.record(id)).toBe(markdown);
  });

  it('pages when it is late: succeeded, without the statement', async () => {
    const world = await rig.world('unhanded');
    const id = await approved(world, { service: 'unhanded', procedure: handoff('1s') });
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    const journal = await rig.journal(id);
    expect(entriesOf(journal, 'deviation').map(({ code }) => code)).toEqual(['handoff-late']);
    expect(entriesOf(journal, 'notified').map(({ event }) => event)).toContain('page');
    expect(await rig.record(id)).not.toContain('with operational excellence certification');
  });
});

it('notifies people of what they are asked for whenever it waits for them, and again before that is over', async () => {
  const world = await rig.world('asking', 'strict');
  const handoff = { monitoring: { period: '1s', handoff: { role: 'support', within: '1m' } } };
  const id = await rig.request(world, {
    service: 'asking',
    environment: 'strict',
    procedure: handoff,
    steps: [steps.startByHttp(world), steps.manual('12s'), steps.gate(), steps.switch(world)],
  });
  const told = (...words: string[]) =>
    eventually(
      async () => rig.told.filter((line) => line.includes(id) && words.every((word) => line.includes(word))),
      (lines) => lines.length > 0,
    );
  await told('[wanted]', 'Readiness of support (Bob May, Dan Osei)', 'ends as rejected');
  await post('key:dan', id, 'acknowledge', { for: 'readiness' });
  await told('[approval-wanted]', '1 service-owner, 1 change-manager (Bob May, Carol Ito, Olga Own)', 'as expired');
  await rig.approve(id);
  await rig.approve(id, 'key:carol');
  await told('[wanted]', 'Step "Phone the bank" is to be done by support', 'rolled back', 'What to do: Phone the desk');
  await post('key:alice', id, 'pause', { reason: 'lunch' });
  // Nobody reports on it for the most of its time.
  await told('[wanted]', 'Again: Step "Phone the bank"');
  await post('key:dan', id, 'complete-step', { step: 'call', result: 'done' });
  await told('[wanted]', 'It is paused (lunch)', 'resume or abort');
  await post('key:bob', id, 'resume');
  await told('[approval-wanted]', 'Gate "', '1 service-owner (Bob May, Olga Own)', 'rolled back');
  await rig.approve(id, 'key:olga', 'go');
  await told('[wanted]', 'The handoff to support (Bob May, Dan Osei)', 'paged');
  await post('key:bob', id, 'acknowledge', { for: 'handoff' });
  expect((await rig.ended(id)).outcome).toBe('succeeded');
  const reminders = rig.told.filter((line) => line.includes(id) && line.includes('Again: '));
  expect(reminders).toHaveLength(1);
  const events = entriesOf(await rig.journal(id), 'notified').map(({ event }) => event);
  expect(events.filter((event) => event === 'wanted')).toHaveLength(5);
});

describe('one target', () => {
  it('takes two deployments one after the other, in the order in which they got there', async () => {
    const world = await rig.world('two');
    const [first, second] = [
      await rig.request(world, {
        service: 'two',
        release: '1.4.2',
        steps: [steps.startByHttp(world), steps.switch(world), steps.gate()],
      }),
      await rig.request(world, { service: 'two', release: '1.4.3' }),
    ];
    await rig.until(first, ({ phase }) => phase === 'awaiting-approval');
    await rig.until(second, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(first);
    await waitsFor(first, 'gate');
    await rig.approve(second);
    await eventually(
      () => rig.status(second),
      ({ waitingFor }) => waitingFor.some(({ behind }) => behind === first),
    );
    await rig.approve(first, 'key:bob', 'go');
    expect((await rig.ended(first)).outcome).toBe('succeeded');
    expect((await rig.ended(second)).outcome).toBe('succeeded');
    const end = (await rig.journal(first)).find(({ type }) => type === 'lock-released');
    const grant = (await rig.journal(second)).find(({ type }) => type === 'lock-granted');
    expect(Date.parse(grant?.at ?? '')).toBeGreaterThanOrEqual(Date.parse(end?.at ?? ''));
    expect(world.slots[world.live].release).toBe('1.4.3');
  });

  it('supersedes an older one that never had the lock, once a newer one is confirmed', async () => {
    const world = await rig.world('superseded');
    const older = await rig.request(world, { service: 'superseded', release: '1.4.2' });
    await rig.until(older, ({ phase }) => phase === 'awaiting-approval');
    const newer = await rig.deploy(world, { service: 'superseded', release: '1.4.3' });
    expect(newer.status.outcome).toBe('succeeded');
    expect((await rig.ended(older)).outcome).toBe('superseded');
    expect(entriesOf(await rig.journal(older), 'ended')[0]?.cause).toEqual({ kind: 'superseded', by: newer.id });
  });

  it('supersedes an older one that had the lock once and changed nothing', async () => {
    const world = await rig.world('resumed');
    const older = await rig.request(world, { service: 'resumed', release: '1.4.2' });
    await rig.until(older, ({ phase }) => phase === 'awaiting-approval');
    // Found at the grant: whoever approved has gone, so it gives the lock back and asks people again.
    const people = testPolicy.people.map((one) => (one.subject === 'key:bob' ? { ...one, roles: ['developer'] } : one));
    await rig.writePolicy({ ...testPolicy, people });
    await rig.approve(older);
    await eventually(
      () => rig.journal(older),
      (journal) => entriesOf(journal, 'lock-released').length === 1,
    );
    await rig.writePolicy(testPolicy);
    const newer = await rig.deploy(world, { service: 'resumed', release: '1.4.3' });
    expect(newer.status.outcome).toBe('succeeded');
    expect((await rig.ended(older)).outcome).toBe('superseded');
    expect(entriesOf(await rig.journal(older), 'ended')[0]?.cause).toEqual({ kind: 'superseded', by: newer.id });
    expect(world.slots[world.live].release).toBe('1.4.3');
  });

  it('expires one that does not get the target in time', async () => {
    const world = await rig.world('crowded', 'brief');
    const options = { service: 'crowded', environment: 'brief' };
    const holder = await approved(world, { ...options, procedure: { monitoring: { period: '1m' } } });
    await rig.until(holder, ({ phase }) => phase === 'monitoring');
    const id = await approved(world, { ...options, release: '1.4.3' });
    expect((await rig.ended(id)).outcome).toBe('expired');
    await post('key:alice', holder, 'abort');
    expect((await rig.ended(holder)).outcome).toBe('rolled-back');
  });
});
