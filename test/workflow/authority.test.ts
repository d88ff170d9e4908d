import { afterAll, beforeAll, expect, it } from 'vitest';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { type ChangeOptions, steps } from '../support/change.ts';
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

const policyWith = (roles: readonly string[], more: object = {}) => ({
  ...testPolicy,
  ...more,
  people: testPolicy.people.map((person) => (person.subject === 'key:bob' ? { ...person, roles } : person)),
});
const untouched = () => rig.writePolicy(testPolicy);

/** How many activities have watched a deployment so far. */
const watchesOf = async (id: string) => {
  const { events } = await rig.client.workflow.getHandle(workflowIdOf(id)).fetchHistory();
  return (events ?? []).filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'monitor')
    .length;
};

/** A deployment that Bob has approved, at its last step, which waits. */
async function waitingAt(
  kind: string,
  last: ReturnType<typeof steps.hold>,
  options: ChangeOptions & { service: string },
): Promise<[World, string]> {
  const world = await rig.world(options.service);
  const id = await rig.request(world, { steps: [steps.startByHttp(world), steps.switch(world), last], ...options });
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  await rig.approve(id);
  await rig.until(id, ({ waitingFor }) => waitingFor.some((one) => one.kind === kind));
  return [world, id];
}

it.each([
  ['hold', steps.hold('1m')],
  ['gate', steps.gate()],
  ['manual', steps.manual()],
])('rolls back during a last %s when somebody whose approval it stands on loses the role', async (kind, last) => {
  await untouched();
  const [world, id] = await waitingAt(kind, last, { service: `demoted-${kind}` });
  await rig.writePolicy(policyWith(['support']));
  expect((await rig.ended(id)).outcome).toBe('rolled-back');
  const journal = await rig.journal(id);
  expect(entriesOf(journal, 'rollback-started')[0]?.cause).toMatchObject({
    kind: 'approval-lost',
    summary: 'key:bob approved as service-owner, which the policy no longer says of them',
  });
  expect(entriesOf(journal, 'policy-changed')).toHaveLength(1);
  expect(world.slots.green.running).toBe(false);
  expect(world.live).toBe('blue');
});

it('rolls back in the monitoring period when the approver is gone', async () => {
  await untouched();
  const world = await rig.world('watched');
  const id = await rig.request(world, { service: 'watched', procedure: { monitoring: { period: '1m' } } });
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  await rig.approve(id);
  await rig.until(id, ({ phase }) => phase === 'monitoring');
  await rig.writePolicy({ ...testPolicy, people: testPolicy.people.filter(({ subject }) => subject !== 'key:bob') });
  expect((await rig.ended(id)).outcome).toBe('rolled-back');
});

it('journals a policy that changes meanwhile, and goes on watched where no approver is gone', async () => {
  await untouched();
  const [, id] = await waitingAt('gate', steps.gate(), { service: 'renamed' });
  const before = await rig.journal(id);
  expect(entriesOf(before, 'policy-changed')).toEqual([]);
  await rig.writePolicy(policyWith(['service-owner', 'support', 'developer']));
  await eventually(
    () => rig.journal(id),
    (journal) => entriesOf(journal, 'policy-changed').length === 1,
  );
  await rig.approve(id, 'key:bob', 'go');
  expect((await rig.ended(id)).outcome).toBe('succeeded');
  const journal = await rig.journal(id);
  expect(entriesOf(journal, 'policy-changed')[0]?.changed.length).toBeGreaterThan(0);
  expect(entriesOf(journal, 'deviation')).toEqual([]);
  const [watched] = entriesOf(journal, 'health-observed');
  expect(watched?.summaries[0]).toMatchObject({ check: 'front-door', unwatched: [] });
});

it('is notified of policies once it has begun, also of one that came while its lock was granted, which its watch reports once', async () => {
  await untouched();
  const world = await rig.world('early-news');
  const previous = { id: 'previous', http: `${world.url}/version`, timeout: '20s' };
  const id = await rig.request(world, {
    service: 'early-news',
    steps: [steps.startByHttp(world), steps.gate()],
    procedure: { rollback: { verify: [previous] } },
  });
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  const [looking, looked] = [world.arrival('GET /version'), latch()];
  world.bend('GET /version', () => looked.closed);
  await rig.approve(id);
  await looking;
  await rig.writePolicy(policyWith(['service-owner', 'support', 'developer']));
  await eventually(
    () => watchesOf(id),
    (count) => count > 1,
  );
  // A second of probes.
  for (let i = 0; i < 20; i += 1) await world.arrival('GET /');
  expect(await watchesOf(id)).toBe(2);
  looked.open();
  await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'gate'));
  expect(entriesOf(await rig.journal(id), 'policy-changed')).toHaveLength(1);
  await rig.writePolicy(policyWith(['service-owner', 'developer']));
  await eventually(
    () => rig.journal(id),
    (journal) => entriesOf(journal, 'policy-changed').length === 2,
  );
  await rig.approve(id, 'key:bob', 'go');
  expect((await rig.ended(id)).outcome).toBe('succeeded');
});

it('watches a rollback in one activity, however long that lasts', async () => {
  await untouched();
  const world = await rig.world('long-way-back');
  const [undoing, undone] = [world.arrival('DELETE /slots/green'), latch()];
  world.bend('DELETE /slots/green', () => undone.closed);
  const id = await rig.request(world, {
    service: 'long-way-back',
    steps: [steps.startByHttp(world), steps.switch(world), steps.hold('1m')],
  });
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  await rig.approve(id);
  await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
  world.behave('1.4.2', { status: 500 });
  await undoing;
  // A second of probes.
  for (let i = 0; i < 20; i += 1) await world.arrival('GET /');
  undone.open();
  expect((await rig.ended(id)).outcome).toBe('rolled-back');
  // One that evaluates until the breach, one that measures until the end.
  expect(await watchesOf(id)).toBe(2);
});
