import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stages } from '../../src/domain/base/stages.ts';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { artifactOf, changeOf } from '../support/change.ts';
import type { Evidence } from '../support/evidence.ts';
import { type Rig, startRig } from '../support/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

let count = 0;
/** A release of its own for each test, so that evidence of one is not that of another. */
const ownRelease = () => {
  count += 1;
  return `2.0.${count}`;
};

async function requestWith(evidence: Evidence, provenRelease?: string): Promise<string> {
  const release = ownRelease();
  const service = `svc-${count}`;
  const world = await rig.world(service);
  await rig.submitEvidence(provenRelease ?? release, evidence);
  const headers = { 'idempotency-key': service };
  const body = changeOf(world, { service, release });
  const answer = await rig.call<{ id: string }>('key:alice', 'POST', '/v1/deployments', body, headers);
  expect(answer.status).toBe(202);
  return answer.body.id;
}

/** What people have heard of an approval that is wanted. */
const askedFor = (id: string) => rig.told.filter((line) => line.startsWith(`[approval-wanted] ${id}`));

describe('evidence', () => {
  it.each([
    ...stages.map((stage) => ({ name: `${stage} is missing`, evidence: { without: stage }, stage, fault: 'missing' })),
    ...stages.map((stage) => ({ name: `${stage} failed`, evidence: { failed: stage }, stage, fault: 'failed' })),
    ...stages
      .slice(1)
      .map((stage) => ({ name: `${stage} ran too early`, evidence: { early: stage }, stage, fault: 'out-of-order' })),
    ...stages.map((stage) => ({ name: `${stage} is too old`, evidence: { old: stage }, stage, fault: 'too-old' })),
  ])('rejects the change when $name', async ({ evidence, stage, fault }) => {
    const id = await requestWith(evidence);
    const { outcome } = await rig.ended(id);
    const journal = await rig.journal(id);
    expect(outcome).toBe('rejected');
    const gates = entriesOf(journal, 'gate-evaluated');
    expect(gates.find(({ gate }) => gate === `stage-${stage}`)).toMatchObject({ verdict: 'failed', fault });
    expect(gates.filter(({ gate }) => gate.startsWith('stage-'))).toHaveLength(5);
    expect(entriesOf(journal, 'step-started')).toEqual([]);
    expect(askedFor(id)).toHaveLength(0);
    expect(await rig.record(id)).toContain('**REJECTED**');
  });
});

describe('evidence for another artifact', () => {
  it('proves nothing of this one, stage by stage', async () => {
    const id = await requestWith({}, '1.9.9');
    expect((await rig.ended(id)).outcome).toBe('rejected');
    const gates = entriesOf(await rig.journal(id), 'gate-evaluated').filter(({ gate }) => gate.startsWith('stage-'));
    expect(gates.map(({ fault }) => fault)).toEqual(stages.map(() => 'missing'));
  });
});

describe('what a machine can evaluate', () => {
  it('rejects when a health check cannot be measured', async () => {
    const world = await rig.world('silent');
    const health = [
      { id: 'front', availability: `${world.url}/` },
      { id: 'metrics', http: 'http://no-such-host.invalid/' },
    ];
    const { status, journal } = await rig
      .request(world, { service: 'silent', procedure: { health } })
      .then(async (id) => ({ status: await rig.ended(id), journal: await rig.journal(id) }));
    expect(status.outcome).toBe('rejected');
    expect(entriesOf(journal, 'gate-evaluated').find(({ gate }) => gate === 'health-answers')).toMatchObject({
      verdict: 'failed',
      found: '1 of 2 health checks answered',
    });
  });

  it('rejects when what it would return to is not there, before anything is changed', async () => {
    const world = await rig.world('gone');
    world.behave('1.4.1', { reports: { release: '1.3.0' } });
    const { status, journal } = await rig.deploy(world, { service: 'gone' });
    expect(status.outcome).toBe('rejected');
    expect(world.changes).toEqual([]);
    expect(entriesOf(journal, 'check-completed')).toMatchObject([
      { for: 'grant', check: 'previous', verdict: 'failed' },
    ]);
  });

  it('refuses a change of a target of which nothing is known', async () => {
    const world = await rig.world('other');
    await rig.submitEvidence('1.4.2');
    const body = changeOf(world, { service: 'unknown' });
    const answer = await rig.call('key:alice', 'POST', '/v1/deployments', body, { 'idempotency-key': 'unknown' });
    expect(answer).toMatchObject({ status: 422, body: { code: 'no-live-release' } });
  });
});

describe('people', () => {
  it('refuses the approval of the requester, of an author, of the wrong role and of another plan', async () => {
    const world = await rig.world('people');
    const id = await rig.request(world, { service: 'people', change: { authors: ['key:olga'] } });
    const { planDigest } = await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    const approve = (as: string, body: unknown) => rig.call(as, 'POST', `/v1/deployments/${id}/approve`, body);
    expect(await approve('key:alice', { planDigest })).toMatchObject({ status: 403, body: { code: 'self-approval' } });
    expect(await approve('key:olga', { planDigest })).toMatchObject({ status: 403, body: { code: 'self-approval' } });
    expect(await approve('key:carol', { planDigest })).toMatchObject({ status: 403, body: { code: 'role-missing' } });
    expect(await approve('key:ci-shop', { planDigest })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const other = artifactOf('9').digest;
    expect(await approve('key:bob', { planDigest: other })).toMatchObject({
      status: 409,
      body: { code: 'plan-changed' },
    });
    expect((await rig.status(id)).approvals).toEqual([]);
    for (let again = 0; again < 2; again += 1) await approve('key:alice', { planDigest });

    const { body } = await rig.call<{ items: object[] }>('key:dan', 'GET', `/v1/deployments/${id}/refused`);
    const all = [
      { by: 'key:alice', code: 'self-approval', times: 3 },
      { by: 'key:olga', code: 'self-approval', times: 1 },
      { by: 'key:carol', code: 'role-missing', times: 1 },
      { by: 'key:ci-shop', code: 'forbidden', times: 1 },
      { by: 'key:bob', code: 'plan-changed', times: 1 },
    ];
    expect(body.items).toMatchObject(all.map((one) => ({ message: 'approve', ...one })));
    await rig.approve(id);
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    // The deployment hears of them as it ends, so that its record has them.
    const heard = entriesOf(await rig.journal(id), 'message-refused');
    expect(heard).toMatchObject(all.map(({ times, ...one }) => ({ ...one, via: 'api', counted: { times } })));
    const record = await rig.record(id);
    expect(record).toContain('7 messages refused:');
    expect(record).toMatch(
      /\| approve \| Alice Roe \(key:alice\) \| 3 times, 20\S+ to 20\S+ \| api \| `self-approval`: /,
    );
  });

  it('journals what a signal is refused with', async () => {
    const world = await rig.world('signals');
    const id = await rig.request(world, { service: 'signals' });
    const { planDigest } = await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.signal(id, 'approve', { by: 'key:alice', planDigest });
    await rig.signal(id, 'approve', 'nonsense');
    await rig.signal(id, 'approve', { by: 'key:bob', planDigest });
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    const journal = await rig.journal(id);
    expect(entriesOf(journal, 'message-refused')).toMatchObject([
      { message: 'approve', by: 'key:alice', code: 'self-approval', via: 'signal' },
      { message: 'approve', by: 'unknown', code: 'malformed' },
    ]);
    expect(entriesOf(journal, 'approval-granted')).toMatchObject([
      { by: { subject: 'key:bob', via: 'signal', identity: 'asserted' } },
    ]);
  });

  it('ends at one rejection', async () => {
    const world = await rig.world('rejected');
    const id = await rig.request(world, { service: 'rejected' });
    const { planDigest } = await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    const answer = await rig.call('key:bob', 'POST', `/v1/deployments/${id}/reject`, {
      planDigest,
      reason: 'not today',
    });
    expect(answer.status).toBe(200);
    expect((await rig.ended(id)).outcome).toBe('rejected');
    expect(await rig.call('key:bob', 'POST', `/v1/deployments/${id}/approve`, { planDigest })).toMatchObject({
      status: 409,
      body: { code: 'ended' },
    });
  });

  it('expires when nobody approves in time, and is rejected when nobody is ready in time', async () => {
    const world = await rig.world('late', 'brief');
    const unready = await rig.request(world, { service: 'late', environment: 'brief' });
    expect((await rig.ended(unready)).outcome).toBe('rejected');
    const unapproved = await rig.request(world, { service: 'late', environment: 'brief' });
    await rig.until(unapproved, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'readiness'));
    await rig.call('key:dan', 'POST', `/v1/deployments/${unapproved}/acknowledge`, { for: 'readiness' });
    expect((await rig.ended(unapproved)).outcome).toBe('expired');
  });

  it('goes back to people when an approval is withdrawn while it waits for the target', async () => {
    const world = await rig.world('withdrawn');
    const holder = await rig.request(world, {
      service: 'withdrawn',
      procedure: { monitoring: { period: '1m' } },
    });
    await rig.until(holder, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(holder);
    await rig.until(holder, ({ phase }) => phase === 'monitoring');
    const id = await rig.request(world, { service: 'withdrawn', release: '1.4.3' });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(id);
    await rig.until(id, ({ phase }) => phase === 'awaiting-target');
    expect(askedFor(id)).toHaveLength(1);
    expect(
      (
        await rig.call('key:bob', 'POST', `/v1/deployments/${id}/withdraw`, {
          planDigest: (await rig.status(id)).planDigest,
        })
      ).status,
    ).toBe(200);
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'approval'));
    expect(askedFor(id)).toHaveLength(2);
    await rig.call('key:bob', 'POST', `/v1/deployments/${holder}/abort`, {});
    await rig.ended(holder);
    await rig.approve(id, 'key:olga');
    const { outcome } = await rig.ended(id);
    expect(outcome).toBe('succeeded');
    const granted = entriesOf(await rig.journal(id), 'approval-granted');
    expect(granted.map(({ by }) => by.subject)).toEqual(['key:bob', 'key:olga']);
  });
});
