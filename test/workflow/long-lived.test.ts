import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { createGateway } from '../../src/temporal/gateway.ts';
import { artifactOf, changeOf, steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { rules, testPolicy } from '../support/policy.ts';
import { type Rig, startRig, workflowIdOf } from '../support/rig.ts';
import type { World } from '../support/world.ts';

/** Dan may let emergencies pass; how soon they are reviewed leaves time for a new run of the target. */
const policy = {
  ...testPolicy,
  people: testPolicy.people.map((one) =>
    one.subject === 'key:dan' ? { ...one, roles: [...one.roles, 'incident-commander'] } : one,
  ),
  environments: {
    production: {
      ...rules,
      emergency: { role: 'incident-commander', waives: ['quorum'], review: { within: '20s', blocksNext: true } },
    },
  },
};

let rig: Rig;
beforeAll(async () => {
  // Temporal suggests a new run after 4,096 events; nobody wants to wait for those.
  rig = await startRig({ policy, dynamicConfig: ['limit.historyCount.suggestContinueAsNew=40'] });
});
afterAll(() => rig.close());

const targetId = (service: string) => `target/${service}/production`;
const targetOf = async (service: string) =>
  (await rig.call('key:alice', 'GET', `/v1/targets/${service}/production`)).body;
const runOf = async (service: string) => (await rig.client.workflow.getHandle(targetId(service)).describe()).runId;

/** Says what is live again and again until the target's history is long enough for a new run. */
async function renew(service: string): Promise<void> {
  const before = await runOf(service);
  const artifact = { uri: 'shop:1.4.1', digest: `sha256:${'1'.repeat(64)}` };
  while ((await runOf(service)) === before) {
    const body = { release: '1.4.1', artifact, slot: 'blue', reason: 'still' };
    await rig.call('key:carol', 'POST', `/v1/targets/${service}/production/adopt`, body);
  }
}
async function waiting(service: string, world: World, release: string): Promise<string> {
  const id = await rig.request(world, { service, release, steps: [steps.startByHttp(world), steps.switch(world)] });
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  return id;
}

it('a target goes on in a new run with its numbers, its queue and its open deployments', async () => {
  const world = await rig.world('old');
  const first = await waiting('old', world, '1.4.2');
  const second = await waiting('old', world, '1.4.3');
  await renew('old');
  expect(await targetOf('old')).toMatchObject({ open: [first, second], lastNumber: 2, lock: null, slot: 'blue' });
  // Its end is heard of though the new run did not start it.
  await rig.approve(first);
  expect((await rig.ended(first)).outcome).toBe('succeeded');
  const served = await eventually(
    () => targetOf('old'),
    ({ open }) => (open as unknown[]).length === 1,
  );
  expect(served).toMatchObject({ live: { release: '1.4.2', deployment: first }, slot: 'green', open: [second] });
  await rig.approve(second);
  expect((await rig.ended(second)).outcome).toBe('succeeded');
  expect(world.live).toBe('blue');
});

it('a target goes on in a new run while its lock is held and others wait for it', async () => {
  const world = await rig.world('held');
  const holder = await rig.request(world, {
    service: 'held',
    release: '1.4.2',
    steps: [steps.startByHttp(world), steps.gate(), steps.switch(world)],
  });
  await rig.until(holder, ({ phase }) => phase === 'awaiting-approval');
  await rig.approve(holder);
  await rig.until(holder, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'gate'));
  const second = await waiting('held', world, '1.4.3');
  await rig.approve(second);
  await rig.until(second, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'target'));
  const before = await runOf('held');
  const { fence } = await targetOf('held');
  // Somebody asks in the holder's name, again and again: what that may write is bounded, and the run ends all the same.
  const target = rig.client.workflow.getHandle(targetId('held'));
  for (let i = 0; i < 60; i += 1) await target.signal('acquire', { number: 1 });
  await eventually(
    () => runOf('held'),
    (run) => run !== before,
  );
  const { events } = await rig.client.workflow.getHandle(targetId('held'), before).fetchHistory();
  const told = events?.filter((event) => event.signalExternalWorkflowExecutionInitiatedEventAttributes) ?? [];
  expect(told.length).toBeLessThan(30);
  expect(await targetOf('held')).toMatchObject({ lock: { deployment: holder, fence }, queue: [second] });
  await rig.approve(holder, 'key:bob', 'go');
  expect((await rig.ended(holder)).outcome).toBe('succeeded');
  expect((await rig.ended(second)).outcome).toBe('succeeded');
  expect(world.slots[world.live].release).toBe('1.4.3');
});

it('a target whose store knows of later copies, as after an older Temporal was restored, is kept all the same', async () => {
  await rig.world('behind');
  const kept = () => rig.store.target('behind', 'production');
  const before = await eventually(kept, (state) => state !== null);
  if (!before) throw new Error('nothing is kept');
  await rig.store.saveTarget({ ...before, slot: 'green', version: before.version + 50 });
  const adoption = { release: '1.4.3', artifact: artifactOf('1.4.3'), slot: 'blue', reason: 'as it runs' };
  await rig.call('key:carol', 'POST', '/v1/targets/behind/production/adopt', adoption);
  const after = await eventually(kept, (state) => state?.live?.release === '1.4.3');
  expect(after).toMatchObject({ slot: 'blue', version: before.version + 51 });
});

it('asking which deployment a key has led to leaves nothing in the history', async () => {
  await rig.world('asked');
  const target = rig.client.workflow.getHandle(targetId('asked'));
  const length = async () => (await target.describe()).historyLength;
  // A copy of it is kept once it is adopted, which its history tells.
  await eventually(
    async () => (await target.describe()).raw,
    ({ pendingActivities, pendingWorkflowTask }) => pendingActivities?.length === 0 && !pendingWorkflowTask,
  );
  const key = { key: 'k', bodyDigest: 'b' };
  const name = { service: 'asked', environment: 'production' };
  const gateway = createGateway(rig.client);
  expect(await gateway.requested(name, key)).toBeNull();
  const before = await length();
  for (let i = 0; i < 10; i += 1) expect(await gateway.requested(name, key)).toBeNull();
  expect(await length()).toBe(before);
});

it('a deployment that is terminated after its target went on in a new run keeps the lock', async () => {
  const world = await rig.world('watched');
  const id = await rig.request(world, { service: 'watched', steps: [steps.startByHttp(world), steps.hold('1m')] });
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  await renew('watched');
  await rig.approve(id);
  await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
  await rig.client.workflow.getHandle(workflowIdOf(id)).terminate('by mistake');
  const stuck = await eventually(
    () => targetOf('watched'),
    ({ needsIntervention }) => needsIntervention === true,
  );
  expect(stuck).toMatchObject({ lock: { deployment: id } });
  await eventually(
    () => Promise.resolve(rig.told),
    (told) => told.some((line) => line.includes(id) && line.includes('was lost')),
  );
  const resolution = { deployment: id, decision: 'compensate', reason: 'back' };
  const repair = await rig.call<{ id: string }>(
    'key:carol',
    'POST',
    '/v1/targets/watched/production/resolve',
    resolution,
  );
  expect((await rig.ended(repair.body.id)).outcome).toBe('succeeded');
  expect(world.slots.green.running).toBe(false);
});

it('a worker stops at once while it follows a deployment, and the next one gets its end', async () => {
  const world = await rig.world('followed');
  const id = await waiting('followed', world, '1.4.2');
  await renew('followed');
  const target = rig.client.workflow.getHandle(targetId('followed'));
  await eventually(
    async () => (await target.describe()).raw.pendingActivities ?? [],
    (pending) =>
      pending.some(({ activityType, lastStartedTime }) => activityType?.name === 'followDeployment' && lastStartedTime),
  );
  const told = Date.now();
  await rig.stopWorker();
  expect(Date.now() - told).toBeLessThan(5_000);
  await rig.startWorker();
  await rig.approve(id);
  expect((await rig.ended(id)).outcome).toBe('succeeded');
  await eventually(
    () => targetOf('followed'),
    ({ lock, open }) => lock === null && (open as unknown[]).length === 0,
  );
});

describe('the review of an emergency', () => {
  const change = { type: 'emergency', ticket: 'INC-7' };
  async function emergency(service: string, world: World): Promise<string> {
    const id = await rig.request(world, {
      service,
      steps: [steps.startByHttp(world), steps.switch(world), steps.gate()],
      change,
    });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    return id;
  }
  async function reviewsOf(service: string) {
    return (await targetOf(service))['reviews'] as readonly {
      readonly deployment: string;
      readonly overdue: boolean;
    }[];
  }
  const dueOf = async (id: string) => entriesOf(await rig.journal(id), 'review-opened').map(({ dueAt }) => dueAt)[0];

  it('is outstanding by each new run of its target, is due when it was, and blocks what comes next', async () => {
    const world = await rig.world('reviewed');
    const id = await emergency('reviewed', world);
    await rig.approve(id, 'key:dan');
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'gate'));
    await rig.approve(id, 'key:bob', 'go');
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    await eventually(
      () => reviewsOf('reviewed'),
      (reviews) => reviews.length === 1,
    );
    await renew('reviewed');
    const dueAt = await dueOf(id);
    expect(await reviewsOf('reviewed')).toMatchObject([{ deployment: id, dueAt }]);
    await eventually(
      () => reviewsOf('reviewed'),
      ([one]) => one?.overdue === true,
    );
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(dueAt ?? ''));
    const pages = () => rig.told.filter((line) => line.startsWith(`[page] ${id}`) && line.includes('is overdue'));
    await eventually(
      () => Promise.resolve(pages()),
      (found) => found.length > 0,
    );
    await renew('reviewed');
    expect(await reviewsOf('reviewed')).toEqual([{ deployment: id, dueAt, overdue: true }]);
    const headers = { 'idempotency-key': 'after-the-emergency' };
    const body = changeOf(world, { service: 'reviewed' });
    expect(await rig.call('key:alice', 'POST', '/v1/deployments', body, headers)).toMatchObject({
      status: 409,
      body: { code: 'review-overdue' },
    });
    const review = { deployment: id, findings: 'All was well.' };
    await rig.call('key:carol', 'POST', '/v1/targets/reviewed/production/review', review);
    await eventually(
      () => reviewsOf('reviewed'),
      (reviews) => reviews.length === 0,
    );
    expect(pages()).toHaveLength(1);
    expect(await rig.record(id)).toContain('“All was well.”');
  });

  it('is opened by a new run for a deployment that an earlier one has started, due when the deployment states', async () => {
    const world = await rig.world('stuck');
    const id = await emergency('stuck', world);
    await renew('stuck');
    await rig.approve(id, 'key:dan');
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'gate'));
    world.bend('DELETE /slots/green', 500);
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`);
    expect((await rig.ended(id)).outcome).toBe('needs-intervention');
    await eventually(
      () => targetOf('stuck'),
      ({ needsIntervention }) => needsIntervention === true,
    );
    const opened = await eventually(
      () => reviewsOf('stuck'),
      (reviews) => reviews.length > 0,
    );
    expect(opened).toMatchObject([{ deployment: id, dueAt: await dueOf(id) }]);
  });
});
