import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { ensureMessageKeys } from '../../src/main/keys/message-key.ts';
import { startTcpProxy, type TcpProxy } from '../faults/tcp-proxy.ts';
import { steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { latch } from '../support/latch.ts';
import { query } from '../support/postgres.ts';
import type { GantryProcess } from '../support/processes.ts';

let secrets: string;
let proxy: TcpProxy;
let there: Installation;
let worker: GantryProcess;
/** Of the store itself, without the proxy. */
let direct: string;
beforeAll(async () => {
  secrets = await mkdtemp(join(tmpdir(), 'gantry-secrets-'));
  await ensureMessageKeys(secrets);
  let port = 0;
  proxy = await startTcpProxy(() => port);
  there = await startInstallation({
    async env(_, { store }) {
      direct = store;
      const address = new URL(store);
      port = Number(address.port);
      address.port = String(proxy.port);
      return {
        GANTRY_STORE: address.href,
        GANTRY_SECRETS: secrets,
        GANTRY_TRUST_FILE: join(secrets, 'trusted-keys.json'),
      };
    },
  });
  worker = await there.startWorker();
}, 180_000);
afterAll(async () => {
  await there.close();
  await proxy.close();
  await rm(secrets, { recursive: true });
});

const wentAway = {
  'refuses connections': () => proxy.refuse(),
  'says nothing': () => proxy.hang(),
} as const;

describe.each(Object.keys(wentAway) as (keyof typeof wentAway)[])('while the store %s', (how) => {
  const service = how.replaceAll(' ', '-');

  it('whoever was known a while ago aborts and looks; nobody approves; all is in the journal once it is back', async () => {
    const world = await there.world(service);
    const hold = [steps.startByHttp(world), steps.switch(world), steps.hold('1m')];
    const id = await there.request(world, { service, steps: hold });
    await there.until(id, ({ phase }) => phase === 'awaiting-approval');
    await there.approve(id);
    await there.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    const later = await there.request(await there.world(`${service}-2`), { service: `${service}-2` });
    await there.until(later, ({ phase }) => phase === 'awaiting-approval');
    const { planDigest } = await there.status(later);

    wentAway[how]();
    const seen = await there.call('key:alice', 'GET', `/v1/deployments/${id}`);
    expect(seen).toMatchObject({ status: 200, body: { phase: 'executing' } });
    const approval = { planDigest, gate: 'start' };
    const approving = there.call('key:bob', 'POST', `/v1/deployments/${later}/approve`, approval);

    const since = Date.now();
    const undoing = world.arrival('PUT /route');
    const undone = world.arrival('DELETE /slots/green');
    // The first that they send in days.
    const aborting = there.call('key:dan', 'POST', `/v1/deployments/${id}/abort`, {});
    await undoing;
    expect(Date.now() - since).toBeLessThan(2_000);
    await undone;
    expect(world.live).toBe('blue');
    const { status, body } = await aborting;
    expect({ status, id: body['id'] }).toEqual({ status: 202, id });
    expect(await approving).toMatchObject({ status: 503, body: { code: 'store-unavailable' } });

    proxy.open();
    expect((await there.ended(id)).outcome).toBe('rolled-back');
    const journal = await there.journal(id);
    expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, i) => i + 1));
    const [asked] = entriesOf(journal, 'abort-requested');
    expect(asked?.by).toMatchObject({
      subject: 'key:dan',
      via: 'api',
      identity: 'verified',
      verifiedAt: expect.any(String),
    });
    await there.call('key:alice', 'POST', `/v1/deployments/${later}/abort`, {});
    expect((await there.ended(later)).outcome).toBe('aborted');
  });

  it('an action that is next waits for it, and goes on when it is back', async () => {
    const world = await there.world(`${service}-3`);
    const hold = [steps.startByHttp(world), steps.hold('1s'), steps.switch(world)];
    const id = await there.request(world, { service: `${service}-3`, steps: hold });
    await there.until(id, ({ phase }) => phase === 'awaiting-approval');
    await there.approve(id);
    await there.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    wentAway[how]();
    // As long as a failover takes.
    await delay(8_000);
    expect(world.live).toBe('blue');
    proxy.open();
    expect((await there.ended(id)).outcome).toBe('succeeded');
    expect(world.changes.filter((change) => change.startsWith('PUT /route'))).toHaveLength(1);
    const journal = await there.journal(id);
    expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, i) => i + 1));
  });

  it('the checks of a step that has just acted wait for it, too', async () => {
    const world = await there.world(`${service}-4`);
    const id = await there.request(world, { service: `${service}-4` });
    await there.until(id, ({ phase }) => phase === 'awaiting-approval');
    const switched = world.arrival('PUT /route');
    await there.approve(id);
    await switched;
    wentAway[how]();
    await delay(8_000);
    proxy.open();
    expect((await there.ended(id)).outcome).toBe('succeeded');
    const journal = await there.journal(id);
    expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, i) => i + 1));
  });

  it('a worker that starts in place of one that was killed takes a deployment back', async () => {
    const world = await there.world(`${service}-5`);
    const hold = [steps.startByHttp(world), steps.switch(world), steps.hold('1m')];
    const id = await there.request(world, { service: `${service}-5`, steps: hold });
    await there.until(id, ({ phase }) => phase === 'awaiting-approval');
    await there.approve(id);
    await there.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    await eventually(
      () => readFile(join(secrets, 'trusted-keys.json'), 'utf8').catch(() => ''),
      (text) => text.includes('publicKey'),
    );
    wentAway[how]();
    await worker.kill('SIGKILL');
    worker = await there.startWorker();
    expect(worker.output()).toContain('The store gives no answer');
    const undone = world.arrival('DELETE /slots/green');
    await there.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    await undone;
    expect(world.live).toBe('blue');
    proxy.open();
    expect((await there.ended(id)).outcome).toBe('rolled-back');
    const journal = await there.journal(id);
    expect(entriesOf(journal, 'compensation-started').map(({ step, attempt }) => [step, attempt])).toEqual([
      ['switch', 1],
      ['start-idle', 1],
    ]);
  });
});

const lost = {
  'some entries in the middle': (id: string) =>
    `delete from journal where deployment = '${id}' and seq between 3 and 9`,
  'all of the deployment and its plan': (id: string) =>
    `delete from plans where digest = (select plan_digest from deployments where id = '${id}');
     delete from journal where deployment = '${id}'; delete from deployments where id = '${id}'`,
} as const;

describe.each(Object.keys(lost) as (keyof typeof lost)[])('a store that has lost %s', (what) => {
  const service = what.replaceAll(' ', '-');
  const numbers = async (id: string) =>
    (await query(direct, `select seq from journal where deployment = '${id}' order by seq`)).map(({ seq }) => seq);
  let id: string;
  let count: number;

  it('while it was carried out, as after a failover, has it again, and the record is whole', async () => {
    const world = await there.world(service);
    const switching = world.arrival('PUT /route');
    const went = latch();
    world.delay('PUT /route', went.closed);
    id = await there.request(world, { service });
    await there.until(id, ({ phase }) => phase === 'awaiting-approval');
    await there.approve(id);
    await switching;
    await query(direct, lost[what](id));
    went.open();

    expect((await there.ended(id)).outcome).toBe('succeeded');
    const journal = await eventually(
      () => there.journal(id),
      (all) => all.some((entry) => entry.type === 'record-published' && entry.state === 'final'),
    );
    expect(entriesOf(journal, 'deviation').map(({ code }) => code)).not.toContain('record-late');
    count = journal.length;
    expect(await numbers(id)).toEqual(journal.map((_, i) => i + 1));
    const [record] = await query(direct, `select state, last_seq from records where deployment = '${id}'`);
    expect(record).toMatchObject({ state: 'final', last_seq: count - 1 });
  });

  it('after its end, as of an older backup, has it again once somebody looks, also where no worker answers', async () => {
    await query(direct, `${lost[what](id)}; delete from records where deployment = '${id}'`);
    await worker.kill('SIGTERM');
    onTestFinished(async () => {
      worker = await there.startWorker();
    });
    // One that has not seen it before.
    await there.restartApi();
    const seen = await there.call('key:alice', 'GET', `/v1/deployments/${id}`);
    expect(seen).toMatchObject({ status: 200, body: { outcome: 'succeeded', seq: count } });
    expect(await numbers(id)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    expect(await there.record(id)).toContain('## Final Workflow Completion');
  });
});
