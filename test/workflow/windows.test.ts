import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { latch } from '../support/latch.ts';
import { rules, testPolicy } from '../support/policy.ts';
import { type Rig, startRig } from '../support/rig.ts';
import type { World } from '../support/world.ts';

const day = 86_400_000;
const localTime = (ms: number) => new Date(ms).toISOString().slice(0, 19);
const weekday = (ms: number) => ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'][new Date(ms).getUTCDay()] ?? '';
const always = { rrule: 'FREQ=DAILY', start: '00:00', end: '24:00' };
const patient = { ...rules, approvals: { ...rules.approvals, expireAfter: '7d' } };

const policyAt = (now: number) => ({
  ...testPolicy,
  environments: {
    production: rules,
    /** Open on the day after the day after tomorrow. */
    closed: {
      ...patient,
      windows: {
        timeZone: 'UTC',
        allow: [{ rrule: `FREQ=WEEKLY;BYDAY=${weekday(now + 3 * day)}`, start: '09:00', end: '16:00' }],
        runway: '30m',
      },
    },
    /** Frozen for a moment from now on. */
    thawing: {
      ...patient,
      windows: {
        timeZone: 'UTC',
        allow: [always],
        freezes: [{ from: localTime(now - day), until: localTime(now + 9_000), reason: 'stocktaking' }],
      },
    },
    /** No window is waited for longer than a moment. */
    hasty: { ...rules, limits: { window: '2s' } },
  },
});

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ policy: policyAt(Date.now()) });
});
afterAll(() => rig.close());

async function approved(world: World, options: Parameters<Rig['request']>[1]): Promise<string> {
  const id = await rig.request(world, options);
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  await rig.approve(id);
  return id;
}
const waitsFor = (id: string, kind: string) =>
  rig.until(id, ({ waitingFor }) => waitingFor.some((one) => one.kind === kind));
const lockOf = async (service: string) =>
  (await rig.call('key:alice', 'GET', `/v1/targets/${service}/production`)).body['lock'];

async function freeze(service: string): Promise<string> {
  const body = { scope: { kind: 'service', service }, reason: 'an incident' };
  const { status, body: made } = await rig.call<{ id: string }>('key:carol', 'POST', '/v1/freezes', body);
  expect(status).toBe(201);
  return made.id;
}
async function lift(id: string): Promise<number> {
  const { status, body } = await rig.call<{ lifted: { at: string } }>('key:carol', 'DELETE', `/v1/freezes/${id}`, {
    reason: 'solved',
  });
  expect(status).toBe(200);
  return Date.parse(body.lifted.at);
}

describe('a window', () => {
  it('that is closed is waited for without the lock, and an abort ends the wait', async () => {
    const world = await rig.world('outside', 'closed');
    const options = { service: 'outside', environment: 'closed' };
    const id = await approved(world, options);
    const status = await waitsFor(id, 'window');
    expect(status).toMatchObject({
      phase: 'awaiting-window',
      waitingFor: [
        { kind: 'window', then: 'expires', reason: expect.stringMatching(/^outside every window .*opens /) },
      ],
    });
    expect((await rig.call('key:alice', 'GET', '/v1/targets/outside/closed')).body).toMatchObject({ lock: null });
    expect((await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {})).status).toBe(202);
    expect((await rig.ended(id)).outcome).toBe('aborted');
    expect(world.changes).toEqual([]);
    expect(await rig.record(id)).toContain('Deployment window');
  });

  it('that is closed lets an approval be withdrawn, which is then asked for again', async () => {
    const id = await approved(await rig.world('again', 'closed'), { service: 'again', environment: 'closed' });
    const { planDigest } = await waitsFor(id, 'window');
    await rig.call('key:bob', 'POST', `/v1/deployments/${id}/withdraw`, { planDigest });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(id, 'key:olga');
    await waitsFor(id, 'window');
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    expect((await rig.ended(id)).outcome).toBe('aborted');
  });

  it('opens by the clock, and the record shows which one it was', async () => {
    await rig.writePolicy(policyAt(Date.now()));
    const id = await approved(await rig.world('thaw', 'thawing'), { service: 'thaw', environment: 'thawing' });
    expect((await waitsFor(id, 'window')).waitingFor[0]?.reason).toMatch(
      /^frozen by the policy .*: stocktaking; opens /,
    );
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    const gates = entriesOf(await rig.journal(id), 'gate-evaluated').filter(({ gate }) => gate === 'window');
    expect(gates.map(({ moment, verdict }) => `${moment} ${verdict}`)).toEqual([
      'window failed',
      'window passed',
      'grant passed',
    ]);
    const record = await rig.record(id);
    expect(record).toContain('within FREQ=DAILY 00:00–24:00');
    expect(record).not.toMatch(/Not required by policy.*a deployment window/);
  });
});

describe('a freeze', () => {
  it('is not waited for longer than the policy allows', async () => {
    const held = await freeze('hasty');
    const id = await approved(await rig.world('hasty', 'hasty'), { service: 'hasty', environment: 'hasty' });
    expect((await rig.ended(id)).outcome).toBe('expired');
    await lift(held);
  });

  it('lets go on what has begun, holds back what waits for its lock, and both within seconds', async () => {
    const world = await rig.world('line');
    const behindGate = [steps.startByHttp(world), steps.gate(), steps.switch(world)];
    const first = await approved(world, { service: 'line', steps: behindGate });
    await waitsFor(first, 'gate');
    const second = await approved(world, { service: 'line', release: '1.4.3' });
    await waitsFor(second, 'target');

    const id = await freeze('line');
    await rig.approve(first, 'key:bob', 'go');
    expect((await rig.ended(first)).outcome).toBe('succeeded');
    const overrun = entriesOf(await rig.journal(first), 'deviation');
    expect(overrun).toMatchObject([{ code: 'window-overrun', severity: 'minor' }]);
    expect(overrun[0]?.what).toContain('an incident');

    await waitsFor(second, 'window');
    expect(await lockOf('line')).toBeNull();
    const releases = entriesOf(await rig.journal(second), 'lock-released').map(({ why }) => why);
    expect(releases).toEqual(['the window is closed']);
    expect(world.slots[world.live].release).toBe('1.4.2');

    const liftedAt = await lift(id);
    expect((await rig.ended(second)).outcome).toBe('succeeded');
    const passed = entriesOf(await rig.journal(second), 'gate-evaluated').find(
      ({ gate, verdict }) => gate === 'window' && verdict === 'passed',
    );
    expect(Date.parse(passed?.at ?? '') - liftedAt).toBeLessThan(5_000);
  });

  it('that comes while the lock is granted and the way back is evaluated keeps the change away', async () => {
    const world = await rig.world('late');
    const looked = latch();
    const looking = world.arrival('GET /version');
    world.bend('GET /version', () => looked.closed);
    const id = await approved(world, { service: 'late' });
    await looking;
    const held = await freeze('late');
    looked.open();
    await waitsFor(id, 'window');
    expect(world.changes).toEqual([]);
    await lift(held);
    expect((await rig.ended(id)).outcome).toBe('succeeded');
  });

  it('that comes during a last gate is journaled while it waits, though it holds nothing back', async () => {
    const world = await rig.world('held');
    const last = [steps.startByHttp(world), steps.switch(world), steps.gate()];
    const id = await approved(world, { service: 'held', steps: last });
    await waitsFor(id, 'gate');
    const held = await freeze('held');
    const journal = await eventually(
      () => rig.journal(id),
      (entries) => entriesOf(entries, 'deviation').some(({ code }) => code === 'window-overrun'),
    );
    expect(journal.some(({ type }) => type === 'ended')).toBe(false);
    await rig.approve(id, 'key:bob', 'go');
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    expect(entriesOf(await rig.journal(id), 'deviation')).toHaveLength(1);
    await lift(held);
  });

  it('that comes while a window is waited for is shown within seconds', async () => {
    const id = await approved(await rig.world('told', 'closed'), { service: 'told', environment: 'closed' });
    await waitsFor(id, 'window');
    const held = await freeze('told');
    const since = Date.now();
    await eventually(
      () => rig.status(id),
      ({ waitingFor }) => waitingFor.some(({ reason }) => reason?.includes('an incident') === true),
    );
    expect(Date.now() - since).toBeLessThan(5_000);
    await lift(held);
    await eventually(
      () => rig.status(id),
      ({ waitingFor }) => waitingFor.some(({ reason }) => reason?.startsWith('outside') === true),
    );
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    expect((await rig.ended(id)).outcome).toBe('aborted');
  });

  it('never holds back an abort or its rollback', async () => {
    const world = await rig.world('back');
    const id = await approved(world, { service: 'back', steps: [steps.startByHttp(world), steps.gate()] });
    await waitsFor(id, 'gate');
    const held = await freeze('back');
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    expect(world.slots.green.running).toBe(false);
    await lift(held);
  });
});
