import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { completionStatement } from '../../src/domain/record/certifying-statement.ts';
import { type ChangeOptions, changeOf, steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { latch } from '../support/latch.ts';
import { rules, testPolicy } from '../support/policy.ts';
import { type Rig, startRig, workflowIdOf } from '../support/rig.ts';
import type { World } from '../support/world.ts';

const commanders = ['key:alice', 'key:dan'];
const waives = ['window', 'evidence-age', 'rehearsal-age', 'quorum', 'rollback-checks'];
const production = {
  ...rules,
  emergency: { role: 'incident-commander', waives, review: { within: '3s', blocksNext: true } },
};
const people = testPolicy.people.map((person) => {
  if (commanders.includes(person.subject)) return { ...person, roles: [...person.roles, 'incident-commander'] };
  // She may approve emergencies and close their reviews.
  const both = ['incident-commander', 'change-manager'];
  return person.subject === 'key:olga' ? { ...person, roles: [...person.roles, ...both] } : person;
});
const policyWith = (standard: readonly object[], gone: readonly string[] = []) => ({
  ...testPolicy,
  people: people.filter(({ subject }) => !gone.includes(subject)),
  environments: { production: { ...production, standard } },
});

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ policy: policyWith([]) });
});
afterAll(() => rig.close());

interface Target {
  readonly reviews: readonly { readonly deployment: string; readonly overdue: boolean }[];
}

let keys = 0;
/** Requests without submitting evidence first. */
const ask = (world: World, options: ChangeOptions) => {
  keys += 1;
  const headers = { 'idempotency-key': `emergency-${keys}` };
  return rig.call<{ id: string; code: string }>(
    'key:alice',
    'POST',
    '/v1/deployments',
    changeOf(world, options),
    headers,
  );
};

describe('a standard change', () => {
  it('runs without an approval, and stops when one of its approvers is removed', async () => {
    const world = await rig.world('routine');
    const options = { service: 'routine', change: { type: 'standard' } };
    const preview = await rig.call<{ plan: { procedure: { digest: string } } }>(
      'key:alice',
      'POST',
      '/v1/plans',
      changeOf(world, { service: 'routine' }),
    );
    const standing = {
      service: 'routine',
      procedure: 'test-blue-green',
      digest: preview.body.plan.procedure.digest,
      approvedBy: ['key:bob'],
      until: '2099-12-31',
    };
    await rig.writePolicy(policyWith([standing]));
    const id = await rig.request(world, options);
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    expect(entriesOf(await rig.journal(id), 'approval-granted')).toEqual([]);
    const record = await rig.record(id);
    expect(record).toMatch(/\*\*Standing approval\*\* of procedure .* by Bob May \(key:bob\) as service-owner/);
    expect(record).toContain(completionStatement);

    const held = latch();
    world.bend('PUT /slots', () => held.closed);
    const arrived = world.arrival('PUT /slots');
    const stopped = await rig.request(world, { ...options, release: '1.4.3' });
    await arrived;
    // The standing approval still names him, which must not keep the file from being taken.
    await rig.writePolicy(policyWith([standing], ['key:bob']));
    held.open();
    expect(await rig.ended(stopped)).toMatchObject({
      outcome: 'rolled-back',
      cause: 'key:bob approved as service-owner, which the policy no longer says of them',
    });

    // Before the first change it is told apart: what is asked for with the old approval is not let go.
    await rig.writePolicy(policyWith([{ ...standing, approvedBy: ['key:olga'] }], ['key:bob']));
    const again = latch();
    world.bend('GET /version', () => again.closed);
    const early = await rig.request(world, { ...options, release: '1.4.4' });
    await rig.until(early, ({ phase }) => phase === 'awaiting-target');
    await rig.writePolicy(policyWith([]));
    again.open();
    expect(await rig.ended(early)).toMatchObject({
      outcome: 'rejected',
      cause: 'the standing approval of test-blue-green for routine: the policy no longer has it',
    });
  });
});

describe('an emergency', () => {
  it('needs one approval by its own role, is shown with what was waived, and blocks what comes next until it is reviewed', async () => {
    const world = await rig.world('burning');
    const never = { id: 'previous', http: `${world.url}/version`, json: { '/release': 'never' }, within: '1s' };
    const procedure = { rollback: { verify: [never] } };
    const change = { type: 'emergency', ticket: 'INC-7' };
    await rig.submitEvidence('2.0.0', { ageMs: 30 * 86_400_000 });
    const { body } = await ask(world, { service: 'burning', release: '2.0.0', procedure, change });
    const { id } = body;
    const { planDigest } = await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    const parked = await rig.request(world, { service: 'burning', release: '2.0.3' });
    expect(rig.told.some((line) => line.startsWith(`[page] ${id}`) && line.includes('EMERGENCY'))).toBe(true);
    const approve = (as: string) => rig.call(as, 'POST', `/v1/deployments/${id}/approve`, { planDigest });
    expect(await approve('key:alice')).toMatchObject({ status: 403, body: { code: 'self-approval' } });
    expect(await approve('key:bob')).toMatchObject({ status: 403, body: { code: 'role-missing' } });
    expect((await approve('key:dan')).status).toBe(200);
    expect(await rig.ended(id)).toMatchObject({ outcome: 'succeeded', label: 'EMERGENCY', review: { closed: null } });
    const gates = entriesOf(await rig.journal(id), 'gate-evaluated');
    const waived = gates.filter(({ verdict, moment }) => verdict === 'waived' && moment === 'grant');
    expect(waived.map(({ gate }) => gate).toSorted()).toEqual([
      'rollback-checks',
      ...['context', 'integration', 'learning', 'production', 'system'].map((stage) => `stage-${stage}`),
    ]);
    expect(await rig.record(id)).toMatch(/^# Deployment record: EMERGENCY, burning[^]*\*\*review open\*\*/);

    const target = () => rig.call<Target>('key:alice', 'GET', '/v1/targets/burning/production');
    await eventually(target, ({ body: { reviews } }) => reviews[0]?.overdue === true);
    await eventually(
      () => Promise.resolve(rig.told),
      (told) => told.some((line) => line.startsWith(`[page] ${id}`) && line.includes('is overdue')),
    );
    await rig.submitEvidence('2.0.1');
    const next = { service: 'burning', release: '2.0.1' };
    expect(await ask(world, next)).toMatchObject({ status: 409, body: { code: 'review-overdue' } });
    // What was requested before does not get past it either.
    await rig.approve(parked);
    expect(await rig.ended(parked)).toMatchObject({ outcome: 'rejected', release: '2.0.3' });
    expect(await rig.record(parked)).toContain(`The review of the emergency ${id} was due`);
    const other = await ask(world, { ...next, change: { type: 'emergency', ticket: 'INC-8' } });
    expect(other.status).toBe(202);
    await rig.call('key:alice', 'POST', `/v1/deployments/${other.body.id}/abort`);
    expect((await rig.ended(other.body.id)).outcome).toBe('aborted');

    const review = { deployment: id, findings: 'The cache was full.' };
    const close = (as: string) => rig.call<Target>(as, 'POST', '/v1/targets/burning/production/review', review);
    expect(await close('key:alice')).toMatchObject({ status: 403 });
    expect(await close('key:carol')).toMatchObject({ status: 202 });
    await eventually(target, ({ body: { reviews } }) => reviews.length === 0);
    expect(await close('key:carol')).toMatchObject({ status: 404 });
    const record = await rig.record(id);
    expect(record).toMatch(/closed \*\*late\*\* by Carol Ito .*: “The cache was full\.”/);
    expect(record).toContain(completionStatement);
    expect((await rig.status(id)).review).toMatchObject({ closed: { by: { subject: 'key:carol' } } });
    expect((await rig.journal(id)).slice(-4).map(({ type }) => type)).toEqual([
      'ended',
      'record-published',
      'review-closed',
      'record-published',
    ]);
    const freed = await ask(world, next);
    expect(freed.status).toBe(202);
    await rig.call('key:alice', 'POST', `/v1/deployments/${freed.body.id}/abort`);
    await rig.ended(freed.body.id);
  });

  it('that is undone is rolled back, not stuck, where the rollback checks fail as they did before', async () => {
    const world = await rig.world('no-way-back');
    const never = { id: 'previous', http: `${world.url}/version`, json: { '/release': 'never' }, within: '300ms' };
    const id = await rig.request(world, {
      service: 'no-way-back',
      steps: [steps.startByHttp(world), steps.hold('10m')],
      procedure: { rollback: { verify: [never] } },
      change: { type: 'emergency', ticket: 'INC-11' },
    });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(id, 'key:olga');
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`);
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    const journal = await rig.journal(id);
    expect(entriesOf(journal, 'rollback-completed')).toMatchObject([{ result: 'as-before' }]);
    expect(entriesOf(journal, 'deviation').map(({ code }) => code)).toContain('rollback-as-before');
    expect(await rig.record(id)).toContain('as before the first change, which policy waived');
  });

  it('leaves its review behind also when it is terminated', async () => {
    const world = await rig.world('cut');
    const change = { type: 'emergency', ticket: 'INC-9' };
    const id = await rig.request(world, {
      service: 'cut',
      steps: [steps.startByHttp(world), steps.hold('10m')],
      change,
    });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(id, 'key:olga');
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    await rig.client.workflow.getHandle(workflowIdOf(id)).terminate('by mistake');
    const target = () => rig.call<Target>('key:alice', 'GET', '/v1/targets/cut/production');
    const { body } = await eventually(target, ({ body: { reviews } }) => reviews.length > 0);
    expect(body.reviews).toMatchObject([{ deployment: id }]);
    const record = await eventually(
      () => rig.record(id),
      (text) => text.includes('**review open**'),
    );
    expect(record).toMatch(/\*\*NEEDS INTERVENTION\*\*/);
    const review = { deployment: id, findings: 'Somebody ended it.' };
    const close = (as: string) => rig.call(as, 'POST', '/v1/targets/cut/production/review', review);
    // Olga approved it.
    expect(await close('key:olga')).toMatchObject({ status: 403, body: { code: 'self-approval' } });
    expect(await close('key:carol')).toMatchObject({ status: 202 });
    await eventually(target, ({ body: { reviews } }) => reviews.length === 0);
    expect(await rig.record(id)).toContain('“Somebody ended it.”');
  });
});

describe('reviews of a target that was terminated and started again', () => {
  const change = { type: 'emergency', ticket: 'INC-10' };
  const viewOf = (service: string) => async () =>
    (await rig.call<Target>('key:alice', 'GET', `/v1/targets/${service}/production`)).body;
  const resolve = (service: string, deployment: string) =>
    rig.call<{ id: string; code: string }>('key:carol', 'POST', `/v1/targets/${service}/production/resolve`, {
      deployment,
      decision: 'compensate',
      reason: 'start again',
    });
  const close = (service: string, deployment: string) =>
    rig.call('key:carol', 'POST', `/v1/targets/${service}/production/review`, {
      deployment,
      findings: 'All was well.',
    });
  const isPaged = (id: string, text: string) =>
    eventually(
      () => Promise.resolve(rig.told),
      (told) => told.some((line) => line.startsWith(`[page] ${id}`) && line.includes(text)),
    );
  async function emergency(world: World, options: ChangeOptions): Promise<string> {
    const id = await rig.request(world, { ...options, change });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(id, 'key:dan');
    return id;
  }

  it('are outstanding as before, also of an emergency that ended meanwhile, and block what comes next', async () => {
    const service = 'orphaned';
    const view = viewOf(service);
    const world = await rig.world(service);
    const first = await emergency(world, { service, release: '3.0.0' });
    expect((await rig.ended(first)).outcome).toBe('succeeded');
    const [known] = (await eventually(view, ({ reviews }) => reviews.length === 1)).reviews;
    const second = await emergency(world, {
      service,
      release: '3.0.1',
      steps: [steps.startByHttp(world), steps.hold('10m')],
    });
    await rig.until(second, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    await rig.client.workflow.getHandle(`target/${service}/production`).terminate('by mistake');
    await rig.call('key:alice', 'POST', `/v1/deployments/${second}/abort`);
    expect((await rig.ended(second)).outcome).toBe('rolled-back');
    const repair = await eventually(
      () => resolve(service, second),
      ({ status }) => status === 202,
    );
    expect((await rig.ended(repair.body.id)).outcome).toBe('succeeded');

    const [due] = entriesOf(await rig.journal(second), 'review-opened').map(({ dueAt }) => dueAt);
    const overdue = await eventually(view, ({ reviews }) => reviews.every((one) => one.overdue));
    expect(overdue.reviews).toEqual([
      { ...known, overdue: true },
      { deployment: second, dueAt: due, overdue: true },
    ]);
    await isPaged(second, 'is overdue');
    const next = { service, release: '3.0.2' };
    await rig.submitEvidence(next.release);
    expect(await ask(world, next)).toMatchObject({ status: 409, body: { code: 'review-overdue' } });
    expect((await close(service, first)).status).toBe(202);
    await eventually(view, ({ reviews }) => reviews.length === 1);
    expect(await ask(world, next)).toMatchObject({ status: 409, body: { code: 'review-overdue' } });
    expect((await close(service, second)).status).toBe(202);
    await eventually(view, ({ reviews }) => reviews.length === 0);
    for (const id of [first, second]) expect(await rig.record(id)).toContain('“All was well.”');
    const freed = await ask(world, next);
    expect(freed.status).toBe(202);
    await rig.call('key:alice', 'POST', `/v1/deployments/${freed.body.id}/abort`);
    await rig.ended(freed.body.id);
  });

  it('wait for the end of an emergency that still runs', async () => {
    const service = 'handed-over';
    const view = viewOf(service);
    const world = await rig.world(service);
    const monitoring = { period: '1s', handoff: { role: 'support', within: '10m' } };
    const id = await emergency(world, { service, release: '3.1.0', procedure: { monitoring } });
    await rig.until(id, ({ phase }) => phase === 'handing-over');
    await rig.client.workflow.getHandle(`target/${service}/production`).terminate('by mistake');
    // It has left the target already, so that nothing is to be resolved; what was asked for starts the target again.
    expect(await resolve(service, id)).toMatchObject({ status: 409, body: { code: 'nothing-to-resolve' } });
    expect((await view()).reviews).toMatchObject([{ deployment: id }]);
    expect((await close(service, id)).status).toBe(202);
    await isPaged(id, 'has not ended yet');
    expect((await view()).reviews).toMatchObject([{ deployment: id }]);

    await rig.call('key:dan', 'POST', `/v1/deployments/${id}/acknowledge`, { for: 'handoff' });
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    expect((await close(service, id)).status).toBe(202);
    await eventually(view, ({ reviews }) => reviews.length === 0);
    const journal = await rig.journal(id);
    expect(entriesOf(journal, 'ended').map(({ outcome }) => outcome)).toEqual(['succeeded']);
    expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, i) => i + 1));
    expect(await rig.record(id)).toContain('“All was well.”');
  });
});
