import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GantryError } from '../../src/domain/base/errors.ts';
import { taskQueues, usualSlots } from '../../src/domain/base/task-queues.ts';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { latch } from '../support/latch.ts';
import { type Rig, startRig, workflowIdOf } from '../support/rig.ts';
import { within } from '../support/within.ts';
import type { World } from '../support/world.ts';

let rig: Rig;
/** Few enough for a test to take them all. */
const mainSlots = 8;
beforeAll(async () => {
  rig = await startRig({ slots: { ...usualSlots, main: mainSlots } });
});
afterAll(() => rig.close());

/** A target once its lock is free, which is when the holder's workflow has closed. */
const freeTarget = (service: string) =>
  eventually(
    () => rig.call('key:alice', 'GET', `/v1/targets/${service}/production`),
    ({ body }) => body['lock'] === null,
  );
const undone = (world: World) => {
  expect(world.live).toBe('blue');
  expect(world.slots.green.running).toBe(false);
};

async function approved(world: World, options: Parameters<Rig['request']>[1]): Promise<string> {
  const id = await rig.request(world, options);
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  await rig.approve(id);
  return id;
}

describe('a step that goes wrong', () => {
  it('rolls back when its verify check fails', async () => {
    const world = await rig.world('verify');
    world.behave('1.4.2', { reports: { release: '1.4.1' } });
    const { status, journal } = await rig.deploy(world, { service: 'verify' });
    expect(status.outcome).toBe('rolled-back');
    undone(world);
    expect(entriesOf(journal, 'rollback-started')[0]?.cause).toMatchObject({ kind: 'step-failed', step: 'switch' });
    expect(entriesOf(journal, 'compensation-completed').map(({ step, result }) => [step, result])).toEqual([
      ['switch', 'done'],
      ['start-idle', 'done'],
    ]);
    expect(entriesOf(journal, 'rollback-completed')).toMatchObject([{ result: 'verified', notRun: [] }]);
  });

  it('rolls back when a check errors rather than fails', async () => {
    const world = await rig.world('errors');
    const step = steps.switch(world);
    const verify = [{ id: 'front', http: 'http://no-such-host.invalid/', within: '500ms', interval: '100ms' }];
    const { status, journal } = await rig.deploy(world, {
      service: 'errors',
      steps: [steps.startByHttp(world), { ...step, verify }],
    });
    expect(status.outcome).toBe('rolled-back');
    undone(world);
    expect(entriesOf(journal, 'check-completed').find(({ check }) => check === 'front')).toMatchObject({
      verdict: 'error',
      for: 'verify',
    });
  });

  it.each(['smoke', 'features'] as const)('rolls back when validation does not pass, here of %s', async (bad) => {
    const world = await rig.world(`invalid-${bad}`);
    const groups = ['smoke', 'performance', 'integrations', 'features'] as const;
    const checkOf = (group: string) => ({
      id: `${group}-ok`,
      http: `${world.url}/`,
      status: group === bad ? 204 : 200,
    });
    const { status, journal } = await rig.deploy(world, {
      service: `invalid-${bad}`,
      procedure: { validation: Object.fromEntries(groups.map((group) => [group, [checkOf(group)]])) },
    });
    expect(status.outcome).toBe('rolled-back');
    undone(world);
    expect(entriesOf(journal, 'rollback-started')[0]?.cause).toMatchObject({ kind: 'validation-failed' });
    const measured = entriesOf(journal, 'check-completed').filter((entry) => entry.for === 'validation');
    expect(measured.map(({ verdict }) => verdict)).toEqual(
      groups.map((group) => (group === bad ? 'failed' : 'passed')),
    );
  });

  it('goes on when the answer was lost but the effect is there, and retries when it is not', async () => {
    const world = await rig.world('lost');
    let puts = 0;
    // The first attempt at the slot takes effect and is cut off; the first at the route is refused.
    world.bend('PUT /slots/green', () => {
      throw new Error('cut');
    });
    world.bend('PUT /route', (answer) => {
      puts += 1;
      if (puts === 1) answer.status = 503;
    });
    const retry = { attempts: 2, backoff: '1s' };
    const move = {
      ...steps.switch(world),
      done: { http: `${world.url}/version`, json: { '/digest': 'sha256:never' } },
      retry: { ...retry, idempotent: true },
    };
    const { status, journal } = await rig.deploy(world, {
      service: 'lost',
      steps: [{ ...steps.startByHttp(world), retry }, move],
    });
    expect(status.outcome).toBe('succeeded');
    expect(entriesOf(journal, 'read-back').map(({ step, verdict }) => [step, verdict])).toEqual([
      ['start-idle', 'done'],
      ['switch', 'not-done'],
    ]);
    expect(entriesOf(journal, 'deviation').map(({ code }) => code)).toEqual(['done-without-answer', 'retry']);
    expect(world.changes.filter((change) => change.startsWith('PUT /slots'))).toHaveLength(1);
    expect(puts).toBe(2);
  });

  it('rolls back when it cannot be found out whether it took effect', async () => {
    const world = await rig.world('unknown');
    let puts = 0;
    world.bend('PUT /route', () => {
      puts += 1;
      if (puts === 1) throw new Error('cut');
    });
    const { done: _, ...blind } = steps.switch(world);
    const { status, journal } = await rig.deploy(world, {
      service: 'unknown',
      steps: [steps.startByHttp(world), { ...blind, retry: { attempts: 3, backoff: '1s' } }],
    });
    expect(status.outcome).toBe('rolled-back');
    undone(world);
    expect(entriesOf(journal, 'read-back')).toMatchObject([{ step: 'switch', verdict: 'unknown' }]);
    expect(entriesOf(journal, 'compensation-completed')[0]).toMatchObject({ step: 'switch', result: 'done' });
    expect(world.changes.filter((change) => change.startsWith('PUT /route'))).toEqual([
      'PUT /route green',
      'PUT /route blue',
    ]);
  });
});

describe('an attempt whose end is unknown', () => {
  /** Answers nothing, and takes effect once it is let go. */
  function lateEffect(world: World, what: string) {
    const held = latch();
    world.delay(what, held.closed);
    return () => held.open();
  }
  const quick = (step: Record<string, unknown>, done: object = {}) => ({
    ...step,
    do: { ...(step['do'] as object), timeout: '1s' },
    done: { ...(step['done'] as object), interval: '100ms', ...done },
  });
  const compensations = (journal: Awaited<ReturnType<Rig['journal']>>) =>
    entriesOf(journal, 'compensation-completed').map(({ step, result, readBack }) => [step, result, readBack]);

  it('is undone where its effect comes after the first read-back that did not find it', async () => {
    const world = await rig.world('late');
    const take = lateEffect(world, 'PUT /route');
    const reads = world.arrival('GET /route');
    const id = await approved(world, {
      service: 'late',
      steps: [steps.startByHttp(world), quick(steps.switch(world), { within: '20s' })],
    });
    await reads; // the action was given up, and its effect was looked for
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    await world.arrival('GET /route'); // by the compensation
    expect(world.live).toBe('blue');
    take();
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    undone(world);
    expect(compensations(await rig.journal(id))).toEqual([
      ['switch', 'done', 'done'],
      ['start-idle', 'done', 'done'],
    ]);
  });

  it('is undone by a repair, too, where its effect comes while the repair reads it back', async () => {
    const world = await rig.world('late-repair');
    const take = lateEffect(world, 'PUT /route');
    const arrived = world.arrival('PUT /route');
    const id = await approved(world, {
      service: 'late-repair',
      steps: [steps.startByHttp(world), quick(steps.switch(world), { within: '20s' })],
    });
    await arrived;
    await rig.client.workflow.getHandle(workflowIdOf(id)).terminate('by mistake');
    await eventually(
      () => rig.call('key:alice', 'GET', '/v1/targets/late-repair/production'),
      ({ body }) => body['needsIntervention'] === true,
    );
    const reads = world.arrival('GET /route');
    const resolution = { deployment: id, decision: 'compensate', reason: 'back' };
    const repair = await rig.call<{ id: string }>(
      'key:carol',
      'POST',
      '/v1/targets/late-repair/production/resolve',
      resolution,
    );
    await reads;
    take();
    expect((await rig.ended(repair.body.id)).outcome).toBe('succeeded');
    undone(world);
  });

  it('is not repeated, and goes on, where its effect comes while it settles', async () => {
    const world = await rig.world('settles');
    const take = lateEffect(world, 'PUT /route');
    const reads = world.arrival('GET /route');
    const step = { ...quick(steps.switch(world), { within: '20s' }), retry: { attempts: 3, backoff: '1s' } };
    const id = await approved(world, { service: 'settles', steps: [steps.startByHttp(world), step] });
    await reads;
    take();
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    expect(world.changes.filter((change) => change.startsWith('PUT /route'))).toHaveLength(1);
  });

  it.each([
    ['503', 503],
    ['no JSON', 'html'],
    ['a connection that is cut', 'cut'],
  ])('is undone and not repeated where its read-back answers %s', async (_what, how) => {
    const service = `blind-${how}`;
    const world = await rig.world(service);
    let puts = 0;
    world.bend('PUT /route', () => {
      puts += 1;
      if (puts === 1) throw new Error('cut');
    });
    world.bend('GET /route', (answer) => {
      if (how === 'cut') throw new Error('cut');
      if (how === 'html') answer.body = '<html>';
      else answer.status = Number(how);
    });
    const step = { ...quick(steps.switch(world), { within: '300ms' }), retry: { attempts: 3, backoff: '1s' } };
    const { status, journal } = await rig.deploy(world, { service, steps: [steps.startByHttp(world), step] });
    expect(status.outcome).toBe('rolled-back');
    undone(world);
    expect(entriesOf(journal, 'read-back')).toMatchObject([{ step: 'switch', verdict: 'unknown' }]);
    expect(compensations(journal)[0]).toEqual(['switch', 'done', 'unknown']);
    expect(puts).toBe(2);
  });

  it('is found by the rollback checks where its effect comes after it was undone', async () => {
    const world = await rig.world('after');
    const take = lateEffect(world, 'PUT /route');
    const { done: _, ...blind } = quick(steps.switch(world));
    const id = await approved(world, {
      service: 'after',
      steps: [steps.startByHttp(world), blind],
      procedure: {
        rollback: {
          verify: [
            {
              id: 'previous',
              http: `${world.url}/version`,
              json: { '/release': '${live.release}' },
              interval: '100ms',
            },
          ],
          settle: '20s',
        },
      },
    });
    await rig.until(id, ({ phase }) => phase === 'rolling-back');
    const looked = world.arrival('GET /version');
    await looked;
    take();
    expect((await rig.ended(id)).outcome).toBe('needs-intervention');
    const journal = await rig.journal(id);
    expect(entriesOf(journal, 'check-completed').findLast((entry) => entry.for === 'rollback')).toMatchObject({
      verdict: 'failed',
      threshold: expect.stringContaining('held for 20 s') as string,
    });
  });
});

describe('an action that never began', () => {
  it('needs no undo, may be repeated, and is not read back', async () => {
    const world = await rig.world('unbegun');
    const blocked = join(rig.folder, 'ctl-without-run-bit');
    await writeFile(blocked, '#!/bin/sh', { mode: 0o644 });
    const step = {
      ...steps.switch(world),
      do: { command: [blocked] },
      undo: { command: [blocked] },
      retry: { attempts: 2, backoff: '1s' },
    };
    const { status, journal } = await rig.deploy(world, {
      service: 'unbegun',
      steps: [steps.startByHttp(world), step],
    });
    expect(status.outcome).toBe('rolled-back');
    undone(world);
    expect(entriesOf(journal, 'action-completed').map(({ step: id, outcome }) => [id, outcome.kind])).toEqual([
      ['start-idle', 'completed'],
      ['switch', 'not-started'],
      ['switch', 'not-started'],
    ]);
    expect(entriesOf(journal, 'read-back')).toEqual([]);
    expect(entriesOf(journal, 'compensation-completed').map(({ step: id }) => id)).toEqual(['start-idle']);
  });
});

describe('a breach', () => {
  const wait = { procedure: { monitoring: { period: '1m' } } };

  it('rolls back while a step is in flight, and the step is ended first', async () => {
    const world = await rig.world('inflight');
    const held = latch();
    world.bend('PUT /slots/green', () => held.closed);
    const arrived = world.arrival('PUT /slots/green');
    const id = await approved(world, { service: 'inflight', ...wait });
    await arrived;
    world.behave('1.4.1', { status: 500 });
    await rig.until(id, ({ phase, outcome }) => phase === 'rolling-back' || outcome !== null);
    world.behave('1.4.1', {});
    held.open();
    const { outcome } = await rig.ended(id);
    const journal = await rig.journal(id);
    expect(outcome).toBe('rolled-back');
    undone(world);
    expect(entriesOf(journal, 'health-breached')).toMatchObject([{ check: 'front-door', step: 'start-idle' }]);
    expect(entriesOf(journal, 'action-completed')[0]?.outcome.kind).toBe('unknown');
  });

  it.each([
    ['a hold', 'hold', () => steps.hold('1m')],
    ['a gate', 'gate', () => steps.gate()],
    ['a manual step', 'manual', () => steps.manual()],
  ])('rolls back in %s', async (_name, kind, step) => {
    const service = `in-${kind}`;
    const world = await rig.world(service);
    const id = await approved(world, {
      service,
      steps: [steps.startByHttp(world), steps.switch(world), step()],
      ...wait,
    });
    await rig.until(id, ({ waitingFor }) => waitingFor.some((one) => one.kind === kind));
    world.behave('1.4.2', { status: 500 });
    const { outcome } = await rig.ended(id);
    expect(outcome).toBe('rolled-back');
    undone(world);
    expect(entriesOf(await rig.journal(id), 'rollback-started')[0]?.cause).toMatchObject({ kind: 'breach' });
  });

  it('rolls back in a pause', async () => {
    const world = await rig.world('in-pause');
    const held = latch();
    world.bend('PUT /route', () => held.closed);
    const arrived = world.arrival('PUT /route');
    const id = await approved(world, {
      service: 'in-pause',
      steps: [steps.startByHttp(world), steps.switch(world), steps.hold('1s')],
    });
    await arrived;
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/pause`, { reason: 'lunch' });
    held.open();
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'pause'));
    world.behave('1.4.2', { status: 500 });
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    undone(world);
  });

  it('rolls back in monitoring', async () => {
    const world = await rig.world('in-monitoring');
    const id = await approved(world, { service: 'in-monitoring', ...wait });
    await rig.until(id, ({ phase }) => phase === 'monitoring');
    world.behave('1.4.2', { status: 500 });
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    undone(world);
    const markdown = await rig.record(id);
    expect(markdown).toContain('**ROLLED BACK**');
    expect(markdown.match(/^## .*$/gm)).toEqual([
      '## Deployment Certification',
      '## Deployment Execution Log',
      '## Production Validation Results',
      '## Change Management Documentation',
      '## Final Workflow Completion',
    ]);
  });
});

describe('the end of monitoring', () => {
  it('confirms nothing that was never measured as good', async () => {
    const world = await rig.world('unmeasured');
    const via = { id: 'front-door', availability: `${world.url}/`, rate: 20, failureLimit: 3, timeout: '1s' };
    // Bad before the change, which the procedure lets go: it must be good before anything is confirmed.
    const unsure = { id: 'page', http: `${world.url}/page`, interval: '400ms', atStart: 'may-fail' };
    world.bend('GET /page', 200);
    const id = await rig.request(world, {
      service: 'unmeasured',
      procedure: { health: [via, unsure], monitoring: { period: '1s' } },
      steps: [steps.startByHttp(world), steps.switch(world), steps.gate()],
    });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    world.bend('GET /page', 503);
    await rig.approve(id);
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'gate'));
    await rig.approve(id, 'key:bob', 'go');
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    undone(world);
    const journal = await rig.journal(id);
    expect(entriesOf(journal, 'confirmed')).toEqual([]);
    expect(entriesOf(journal, 'health-breached')).toMatchObject([{ check: 'page' }]);
  });
});

describe('a copy of a target that was refused', () => {
  it('is kept once it can be, though nothing else happens to the target', async () => {
    await rig.world('copied');
    const kept = () => rig.store.target('copied', 'production');
    await eventually(kept, (seen) => seen?.live?.release === '1.4.1');
    const refused = rig.refuseTargets(new GantryError('malformed', 'no such column'));
    const artifact = { uri: 'shop:1.4.0', digest: `sha256:${'1'.repeat(64)}` };
    const body = { release: '1.4.0', artifact, slot: 'blue', reason: 'we looked' };
    await rig.call('key:carol', 'POST', '/v1/targets/copied/production/adopt', body);
    await refused;
    expect((await kept())?.live?.release).toBe('1.4.1');
    void rig.refuseTargets(null);
    expect((await eventually(kept, (seen) => seen?.live?.release === '1.4.0'))?.live?.release).toBe('1.4.0');
  });
});

describe('a record that cannot be stored', () => {
  it('pages and changes neither outcome nor lock', async () => {
    const world = await rig.world('unstorable');
    const id = await approved(world, { service: 'unstorable', steps: [steps.startByHttp(world), steps.hold('1m')] });
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    const full = Promise.reject(new GantryError('too-large', 'the disk is full'));
    full.catch(() => undefined);
    rig.holdPublishing(full);
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    expect((await freeTarget('unstorable')).body).toMatchObject({ lock: null, live: { release: '1.4.1' } });
    await eventually(
      () => Promise.resolve(rig.told),
      (told) => told.some((line) => line.includes(id) && /could not be published/.test(line)),
    );
    rig.holdPublishing(null);
    expect(entriesOf(await rig.journal(id), 'deviation').map(({ code }) => code)).toContain('record-late');
  });
});

describe('a compensation', () => {
  const activitiesOf = async (id: string) =>
    (await rig.client.workflow.getHandle(workflowIdOf(id)).describe()).raw.pendingActivities ?? [];

  it('goes to the queue of its own within a moment where every slot of the workflows’ queue is taken', async () => {
    const world = await rig.world('crowded-out');
    const id = await approved(world, {
      service: 'crowded-out',
      steps: [steps.startByHttp(world), steps.switch(world), steps.hold('1h')],
    });
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    const crowd = await rig.world('crowd');
    const held = latch();
    rig.holdTelling(held.closed);
    try {
      for (let i = 0; i < mainSlots; i += 1) {
        const one = await rig.request(crowd, { service: 'crowd', release: `2.0.${i}` });
        await within(
          20_000,
          `the telling of ${one}`,
          eventually(() => activitiesOf(one), hasBegun),
        );
      }
      await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
      await within(
        15_000,
        'the rollback beside a full queue',
        eventually(
          () => Promise.resolve(world.slots.green.running),
          (isRunning) => !isRunning,
        ),
      );
    } finally {
      rig.holdTelling(null);
      held.open();
    }
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    undone(world);
    const { events } = await rig.client.workflow.getHandle(workflowIdOf(id)).fetchHistory();
    const queues = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
      scheduled?.activityType?.name === 'compensate' ? [scheduled.taskQueue?.name] : [],
    );
    expect(queues).toEqual([taskQueues.main, taskQueues.rollback, taskQueues.main, taskQueues.rollback]);
  });

  it('is found in Temporal’s index while a compensation is under way, which begins before that', async () => {
    const world = await rig.world('searched');
    const id = await approved(world, { service: 'searched', steps: [steps.startByHttp(world), steps.hold('1h')] });
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    const held = latch();
    world.bend('DELETE /slots/green', () => held.closed);
    const arrived = world.arrival('DELETE /slots/green');
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    await arrived;
    const query = `GantryService = 'searched' AND GantryPhase = 'rolling-back'`;
    await eventually(
      () => rig.client.workflow.count(query),
      ({ count }) => count === 1,
    );
    held.open();
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    const { events } = await rig.client.workflow.getHandle(workflowIdOf(id)).fetchHistory();
    const types = (events ?? []).flatMap((event) => {
      if (event.activityTaskScheduledEventAttributes?.activityType?.name === 'compensate') return 'compensation';
      return event.upsertWorkflowSearchAttributesEventAttributes ? 'index' : [];
    });
    expect(types.slice(types.indexOf('compensation'))).toEqual(['compensation', 'index', 'index']);
  });

  const hasBegun = (activities: Awaited<ReturnType<typeof activitiesOf>>) =>
    activities.some(({ lastStartedTime, activityType }) => lastStartedTime && activityType?.name === 'evaluateGates');
});

describe('a compensation that fails', () => {
  const stuck = async (service: string, rollback?: Record<string, unknown>) => {
    const world = await rig.world(service);
    // The way back of the switch is refused until somebody repairs the router.
    const id = await approved(world, {
      service,
      ...(rollback ? { procedure: { rollback } } : {}),
      steps: [
        steps.startByHttp(world),
        {
          ...steps.switch(world),
          undo: { http: `${world.url}/route`, method: 'PUT', body: { slot: '${slot.live.name}' }, attempts: 2 },
        },
        steps.hold('1m'),
      ],
    });
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    world.bend('PUT /route', (answer) => {
      answer.status = 500;
    });
    world.bend('PUT /route', 500);
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, { reason: 'a test' });
    const { outcome } = await rig.ended(id);
    expect(outcome).toBe('needs-intervention');
    // The target knows of it once the record is published and the workflow has closed.
    await eventually(
      () => rig.call('key:alice', 'GET', `/v1/targets/${service}/production`),
      ({ body }) => body['needsIntervention'] === true,
    );
    return { world, id };
  };
  const resolve = (service: string, body: unknown) =>
    rig.call<{ id: string }>('key:carol', 'POST', `/v1/targets/${service}/production/resolve`, body);

  it('stops the rollback, keeps the lock, pages, and is repaired by compensating', async () => {
    const { world, id } = await stuck('stuck');
    expect(world.slots.green.running).toBe(true);
    const journal = await rig.journal(id);
    expect(entriesOf(journal, 'rollback-completed')).toMatchObject([{ result: 'failed', notRun: ['start-idle'] }]);
    expect(entriesOf(journal, 'compensation-completed')).toMatchObject([{ step: 'switch', result: 'failed' }]);
    expect(rig.told.some((line) => line.includes(id) && /must look/.test(line))).toBe(true);
    const target = await rig.call('key:alice', 'GET', '/v1/targets/stuck/production');
    expect(target.body).toMatchObject({ lock: { deployment: id }, needsIntervention: true });
    world.bend('PUT /route', null);
    const repair = await resolve('stuck', { deployment: id, decision: 'compensate', reason: 'the router is back' });
    expect(repair.status).toBe(202);
    expect((await rig.ended(repair.body.id)).outcome).toBe('succeeded');
    undone(world);
    const after = await freeTarget('stuck');
    expect(after.body).toMatchObject({
      lock: null,
      live: { release: '1.4.1' },
      slot: 'blue',
      needsIntervention: false,
    });
    // And the target takes changes again.
    const next = await rig.deploy(world, { service: 'stuck', release: '1.4.3' });
    expect(next.status.outcome).toBe('succeeded');
  });

  it('is resolved by accepting the release that a person names', async () => {
    // What the person says is verified on the slot that the person names.
    const serving = { id: 'serving', http: '${slot.live.url}/health', json: { '/release': '${live.release}' } };
    const { world, id } = await stuck('accepted', { verify: [serving] });
    world.bend('PUT /route', null);
    const live = {
      release: '1.4.2',
      artifact: { uri: 'shop:1.4.2', digest: `sha256:${'a'.repeat(64)}` },
      slot: 'green',
    };
    expect(await resolve('accepted', { deployment: id, decision: 'accept', reason: 'it works' })).toMatchObject({
      status: 400,
      body: { code: 'malformed' },
    });
    const elsewhere = { ...live, slot: 'yellow' };
    expect(
      await resolve('accepted', { deployment: id, decision: 'accept', live: elsewhere, reason: 'it works' }),
    ).toMatchObject({ status: 400, body: { code: 'malformed', pointer: '/live/slot' } });
    const repair = await resolve('accepted', { deployment: id, decision: 'accept', live, reason: 'it works' });
    expect((await rig.ended(repair.body.id)).outcome).toBe('succeeded');
    const target = await freeTarget('accepted');
    expect(target.body).toMatchObject({ lock: null, live: { release: '1.4.2' }, slot: 'green' });
    expect(world.live).toBe('green');
    expect(await resolve('accepted', { deployment: id, decision: 'accept', live, reason: 'again' })).toMatchObject({
      status: 409,
      body: { code: 'nothing-to-resolve' },
    });
  });

  it('is freed by a person’s decision also where the rollback checks go on failing, and the record shows it', async () => {
    const never = { id: 'never', http: '${slot.live.url}/health', json: { '/release': '${live.release}' } };
    const { world, id } = await stuck('unmended', { verify: [never] });
    world.bend('PUT /route', null);
    // What the slots say of themselves fits nothing from here on.
    world.bend('GET /slots', 503);
    const known = (deployment: string, body: object) =>
      eventually(
        () => resolve('unmended', { deployment, reason: 'we looked', ...body }),
        ({ status }) => status === 202,
      );
    const compensated = await known(id, { decision: 'compensate' });
    expect((await rig.ended(compensated.body.id)).outcome).toBe('needs-intervention');
    const artifact = { uri: 'shop:1.4.1', digest: `sha256:${'a'.repeat(64)}` };
    const live = { release: '1.4.1', artifact, slot: 'blue' };
    const accepted = await known(compensated.body.id, { decision: 'accept', live });
    expect((await rig.ended(accepted.body.id)).outcome).toBe('succeeded');
    expect((await freeTarget('unmended')).body).toMatchObject({ lock: null, live: { release: '1.4.1' } });
    const journal = await rig.journal(accepted.body.id);
    expect(entriesOf(journal, 'check-completed')).toMatchObject([{ check: 'never', verdict: 'failed' }]);
    expect(entriesOf(journal, 'rollback-completed')).toMatchObject([{ result: 'accepted' }]);
    expect(entriesOf(journal, 'deviation').map(({ code }) => code)).toContain('accepted-unverified');
    expect(await rig.record(accepted.body.id)).toContain('what serves is what a person says');
  });

  it('freezes in place after a step that cannot be undone', async () => {
    const world = await rig.world('frozen');
    const { undo: _, ...step } = steps.startByHttp(world);
    const id = await approved(world, {
      service: 'frozen',
      steps: [{ ...step, revertible: false, reason: 'data is migrated' }, steps.hold('1m')],
    });
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    expect((await rig.ended(id)).outcome).toBe('needs-intervention');
    expect(world.slots.green.running).toBe(true);
    expect(entriesOf(await rig.journal(id), 'rollback-completed')).toMatchObject([{ result: 'frozen' }]);
    // Compensating cannot help, however often; what a person says serves can.
    const known = (deployment: string) =>
      eventually(
        () => resolve('frozen', { deployment, decision: 'compensate', reason: 'try' }),
        ({ status }) => status === 202,
      );
    const first = await known(id);
    expect((await rig.ended(first.body.id)).outcome).toBe('needs-intervention');
    const second = await known(first.body.id);
    expect((await rig.ended(second.body.id)).outcome).toBe('needs-intervention');
    expect(world.slots.green.running).toBe(true);
    const live = {
      release: '1.4.1',
      artifact: { uri: 'shop:1.4.1', digest: `sha256:${'a'.repeat(64)}` },
      slot: 'blue',
    };
    const accepted = await eventually(
      () => resolve('frozen', { deployment: second.body.id, decision: 'accept', live, reason: '1.4.1 serves' }),
      ({ status }) => status === 202,
    );
    expect((await rig.ended(accepted.body.id)).outcome).toBe('succeeded');
    expect((await freeTarget('frozen')).body).toMatchObject({ lock: null, live: { release: '1.4.1' }, slot: 'blue' });
  });
});
