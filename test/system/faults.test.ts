import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Status } from '../../src/domain/deployment/status.ts';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { startTcpProxy } from '../faults/tcp-proxy.ts';
import { steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { type GitRemote, startGitRemote } from '../support/git-remote.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { latch } from '../support/latch.ts';
import { rules, testPolicy } from '../support/policy.ts';
import { type GantryProcess, isAlive } from '../support/processes.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { doAll } from '../support/within.ts';
import type { World } from '../support/world.ts';

let there: Installation;
let worker: GantryProcess;
let receiver: Receiver;
/** How the receiver of webhooks answers next. */
let answerHook: (response: ServerResponse) => void = (response) => void response.writeHead(204).end();
let secrets: string;
let remote: GitRemote;
beforeAll(async () => {
  remote = await startGitRemote({ 'shop.md': '<!-- gantry:release -->\n<!-- /gantry:release -->\n' });
  receiver = await startReceiver((response) => answerHook(response));
  secrets = await mkdtemp(join(tmpdir(), 'gantry-secrets-'));
  await writeFile(join(secrets, 'hook'), 'a key of the receiver');
  const hooked = {
    ...rules,
    stakeholders: [
      { name: 'Programs', webhook: receiver.url, secret: 'hook', on: ['requested', 'deployed', 'ended', 'page'] },
    ],
  };
  const paged = {
    ...rules,
    stakeholders: [
      { name: 'Shop team', log: true, on: ['requested', 'deployed', 'ended'] },
      { name: 'On call', log: true, webhook: receiver.url, secret: 'hook', on: ['page'] },
    ],
    paging: { acknowledgeWithin: '6s' },
  };
  await writeFile(join(secrets, 'page-key'), '7'.repeat(64));
  const repositories = { runbooks: { url: remote.url, author: { name: 'Gantry', email: 'gantry@shop.example' } } };
  const policy = { ...testPolicy, repositories, environments: { ...testPolicy.environments, hooked, paged } };
  const env = async (url: string) => ({ GANTRY_SECRETS: secrets, GANTRY_PUBLIC_URL: url });
  there = await startInstallation({ policy, env });
  worker = await there.startWorker();
}, 180_000);
afterAll(() =>
  doAll([
    () => there.close(),
    () => receiver.close(),
    () => remote.remove(),
    () => rm(secrets, { recursive: true, force: true }),
  ]),
);

async function approved(world: World, options: Parameters<Installation['request']>[1]): Promise<string> {
  const id = await there.request(world, options);
  await there.until(id, ({ phase }) => phase === 'awaiting-approval');
  await there.approve(id);
  return id;
}
const waitsFor = (id: string, kind: string) =>
  there.until(id, ({ waitingFor }) => waitingFor.some((one) => one.kind === kind));

const gone = (pid: number) =>
  eventually(
    async () => isAlive(pid),
    (alive) => !alive,
  );

/** The step's command asks the world before it acts; the answer to the first question is held. */
async function heldCommand(service: string, retry?: Record<string, unknown>) {
  const world = await there.world(service);
  const asked = world.arrival('GET /may-i');
  const held = latch();
  world.bend('GET /may-i', () => held.closed);
  const start = steps.start(world);
  const command = (start['do'] as { command: string[] }).command.with(2, 'ask-and-start');
  const step = { ...start, do: { ...(start['do'] as object), command }, ...(retry ? { retry } : {}) };
  const id = await approved(world, { service, steps: [step, steps.switch(world)] });
  const pid = Number(/pid=(\d+)/.exec(await asked)?.[1]);
  return { world, id, pid, held };
}

describe('kill -9 of the worker in the middle of a step', () => {
  it('ends the command with it; the step is read back as not done, taken again, and the change succeeds', async () => {
    const { world, id, pid, held } = await heldCommand('killed', { attempts: 2, backoff: '1s' });
    expect(isAlive(pid)).toBe(true);
    await worker.kill('SIGKILL');
    await gone(pid);
    expect(world.changes).toEqual([]);
    held.open();
    worker = await there.startWorker();
    expect((await there.ended(id)).outcome).toBe('succeeded');
    const journal = await there.journal(id);
    expect(entriesOf(journal, 'attempt-lost')).toMatchObject([{ step: 'start-idle', attempt: 1 }]);
    expect(entriesOf(journal, 'read-back')).toMatchObject([{ step: 'start-idle', verdict: 'not-done' }]);
    expect(world.changes).toEqual(['PUT /slots/green', 'PUT /route green']);
    const summaries = entriesOf(journal, 'health-observed').flatMap((entry) => entry.summaries);
    expect(summaries[0]?.unwatched).toHaveLength(1);
  });

  it('rolls back where the step may not be taken again', async () => {
    const { world, id, pid, held } = await heldCommand('once');
    await worker.kill('SIGKILL');
    await gone(pid);
    held.open();
    worker = await there.startWorker();
    expect((await there.ended(id)).outcome).toBe('rolled-back');
    expect(world.live).toBe('blue');
    expect(world.slots.green.running).toBe(false);
    expect(await there.record(id)).toContain('**ROLLED BACK**');
  });

  it('is answered by another worker: an abort does not wait for the dead one', async () => {
    const world = await there.world('two-workers');
    const id = await approved(world, {
      service: 'two-workers',
      steps: [steps.startByHttp(world), steps.switch(world), steps.hold('1m')],
    });
    await waitsFor(id, 'hold');
    const other = await there.startWorker();
    await worker.kill('SIGKILL');
    worker = other;
    const answer = await there.call('key:bob', 'POST', `/v1/deployments/${id}/abort`, {});
    expect(answer.status).toBe(202);
    expect((await there.ended(id)).outcome).toBe('rolled-back');
    expect(world.live).toBe('blue');
  });
});

describe('kill -9 of the worker while it tells people', () => {
  it('loses no notification: the next one goes on, and each attempt bears the same id', async () => {
    const world = await there.world('telling', 'hooked');
    const begun = latch();
    // Nobody answers the first attempt, and the next ones are to come again later.
    answerHook = () => begun.open();
    const id = await there.request(world, { service: 'telling', environment: 'hooked' });
    await begun.closed;
    await worker.kill('SIGKILL');
    const left: number[] = [503, 503];
    answerHook = (response) => void response.writeHead(left.shift() ?? 204, { 'retry-after': '1' }).end();
    worker = await there.startWorker();
    await there.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'notification'));
    await worker.kill('SIGKILL');
    worker = await there.startWorker();
    await there.until(id, ({ phase }) => phase === 'awaiting-approval');
    await there.approve(id);
    expect((await there.ended(id)).outcome).toBe('succeeded');
    const got = receiver.received.map(({ headers, body }) => ({
      id: headers['webhook-id'],
      type: (JSON.parse(body) as { readonly type: string }).type,
    }));
    const requested = got.filter(({ type }) => type === 'deployment.requested');
    expect(requested.length).toBeGreaterThanOrEqual(4);
    expect(new Set(requested.map((one) => one.id)).size).toBe(1);
    for (const type of ['deployment.deployed', 'deployment.ended']) expect(got.map((one) => one.type)).toContain(type);
    expect(entriesOf(await there.journal(id), 'delivery-ended')).toMatchObject([
      { event: 'requested', delivered: true },
    ]);
  });
});

describe('kill -9 of the worker between two rounds of a page', () => {
  it('loses none: the next worker tells the second way in time, and whoever follows its link is in the record', async () => {
    answerHook = (response) => void response.writeHead(204).end();
    const world = await there.world('unanswered', 'paged');
    const id = await approved(world, {
      service: 'unanswered',
      environment: 'paged',
      procedure: { monitoring: { period: '1s', handoff: { role: 'support', within: '1s' } } },
    });
    const [opened] = await eventually(
      async () => entriesOf(await there.journal(id), 'page-opened'),
      (pages) => pages.length > 0,
    );
    await worker.kill('SIGKILL');
    worker = await there.startWorker();
    const sent = () =>
      receiver.received.map(({ body }) => JSON.parse(body)).filter(({ data }) => data.deployment === id);
    const [second] = await eventually(
      async () => sent(),
      (pages) => pages.length > 0,
    );
    expect(Date.parse(second.timestamp)).toBeGreaterThanOrEqual(Date.parse(opened?.until ?? ''));
    expect(second).toMatchObject({
      type: 'deployment.page',
      data: { text: expect.stringContaining('to On call (log)') },
    });
    expect((await fetch(second.data.links.acknowledge, { method: 'POST' })).status).toBe(200);
    const [end] = await eventually(
      async () => entriesOf(await there.journal(id), 'page-ended'),
      (ends) => ends.length > 0,
    );
    expect(end).toMatchObject({ rounds: 2, acknowledgement: { via: 'link', subject: null } });
    expect(sent()).toHaveLength(1);
    // It is published once more, behind the journal.
    await eventually(
      () => there.record(id),
      (record) => record.includes('whoever held the link sent to On call'),
    );
  });
});

describe('kill -9 of the worker while git pushes', () => {
  it('before and after the remote took it: git ends with it, and the next one makes it one commit that is true', async () => {
    const world = await there.world('pushing');
    // The first push is held before anything of it counts, the next one when all of it does.
    const hold = (name: string) => `[ -e ${name} ] && exit 0; echo $$ > ${name}; exec sleep 60`;
    await remote.hook('pre-receive', hold('before'));
    await remote.hook('post-receive', hold('after'));
    const documents = [{ repository: 'runbooks', path: 'shop.md' }];
    const id = await approved(world, { service: 'pushing', procedure: { documents, monitoring: { period: '1s' } } });
    for (const name of ['before', 'after']) {
      const held = await eventually(
        () => readFile(join(remote.folder, name), 'utf8').catch(() => ''),
        (text) => text.endsWith('\n'),
      );
      await worker.kill('SIGKILL');
      await gone(Number(held));
      worker = await there.startWorker();
    }
    expect((await there.ended(id)).outcome).toBe('succeeded');
    const written = await eventually(
      async () => entriesOf(await there.journal(id), 'document-written'),
      (entries) => entries.length > 0,
    );
    expect(written).toMatchObject([{ path: 'shop.md', result: 'same' }]);
    expect(await remote.git('rev-list', '--count', 'main')).toBe('2\n');
    expect(await remote.file('shop.md')).toContain('| Release | `1.4.2` |');
  });
});

describe('kill -9 of the worker while its watch settles', () => {
  it('at the end of the steps: the next one asks each check once more before anything goes on', async () => {
    const world = await there.world('settling');
    // It is asked at the start, and then not before the steps are done.
    const seldom = { id: 'page', http: `${world.url}/page`, interval: '10m', timeout: '20s' };
    const via = { id: 'front-door', availability: `${world.url}/`, rate: 20, failureLimit: 3, timeout: '1s' };
    const held = latch();
    const asked = new Promise<string>((resolve) => {
      world.bend('PUT /route', () => {
        world.bend('GET /page', () => held.closed);
        void world.arrival('GET /page').then(resolve);
      });
    });
    const id = await approved(world, {
      service: 'settling',
      procedure: { health: [via, seldom], monitoring: { period: '10m' } },
    });
    await asked;
    await worker.kill('SIGKILL');
    const again = world.arrival('GET /page');
    held.open();
    expect((await there.status(id)).phase).toBe('executing');
    worker = await there.startWorker();
    await again;
    await there.until(id, ({ phase }) => phase === 'monitoring');
    const journal = await there.journal(id);
    expect(entriesOf(journal, 'health-breached')).toEqual([]);
    expect(entriesOf(journal, 'deviation')).toEqual([]);
    await there.call('key:bob', 'POST', `/v1/deployments/${id}/abort`, {});
    expect((await there.ended(id)).outcome).toBe('rolled-back');
    expect(world.live).toBe('blue');
  });
});

describe('kill -9 of the worker in monitoring', () => {
  it('confirms only after a whole period that somebody watched', async () => {
    const world = await there.world('unwatched');
    const id = await approved(world, { service: 'unwatched', procedure: { monitoring: { period: '2s' } } });
    await there.until(id, ({ phase }) => phase === 'monitoring');
    await worker.kill('SIGKILL');
    worker = await there.startWorker();
    expect((await there.ended(id)).outcome).toBe('succeeded');
    const journal = await there.journal(id);
    expect(entriesOf(journal, 'deviation').map(({ code }) => code)).toContain('monitoring-extended');
    const begun = entriesOf(journal, 'phase-entered').find(({ phase }) => phase === 'monitoring')?.at ?? '';
    const confirmed = entriesOf(journal, 'confirmed')[0]?.at ?? '';
    const gaps = entriesOf(journal, 'health-observed')
      .flatMap(({ summaries }) => summaries)
      .flatMap(({ unwatched }) => unwatched);
    const gapMs = gaps.reduce((sum, { from, to }) => sum + Date.parse(to) - Date.parse(from), 0);
    expect(Date.parse(confirmed) - Date.parse(begun)).toBeGreaterThanOrEqual(2_000 + gapMs);
  });
});

describe('SIGTERM of the worker', () => {
  it('ends in good order while Temporal says nothing any more', async () => {
    const proxy = await startTcpProxy(() => Number(there.temporal().address.split(':')[1]));
    try {
      const other = await there.startWorker({ TEMPORAL_ADDRESS: `127.0.0.1:${proxy.port}` });
      proxy.hang();
      const toldAt = Date.now();
      expect(await other.kill('SIGTERM')).toEqual({ code: 0, signal: null });
      // Supervisors kill after 30 s.
      expect(Date.now() - toldAt).toBeLessThan(30_000);
    } finally {
      await proxy.close();
    }
  });

  it('lets the step in flight end, hands the watch over, and loses nothing', async () => {
    const { id, held } = await heldCommand('gently');
    const ended = worker.kill('SIGTERM');
    const next = await there.startWorker();
    held.open();
    expect(await ended).toEqual({ code: 0, signal: null });
    worker = next;
    expect((await there.ended(id)).outcome).toBe('succeeded');
    const journal = await there.journal(id);
    expect(entriesOf(journal, 'attempt-lost')).toEqual([]);
    expect(entriesOf(journal, 'step-completed').every(({ result }) => result === 'passed')).toBe(true);
  });
});

describe('kill -9 of the Temporal server', () => {
  it('during a hold is followed by a correct end', async () => {
    const world = await there.world('server');
    const id = await approved(world, {
      service: 'server',
      steps: [steps.startByHttp(world), steps.switch(world), steps.hold('5s')],
    });
    await waitsFor(id, 'hold');
    process.kill(there.temporal().pid, 'SIGKILL');
    await there.temporal().exited;
    // Meanwhile the store answers for it.
    expect((await there.status(id)).phase).toBe('executing');
    const abort = await there.call('key:bob', 'POST', `/v1/deployments/${id}/abort`, {});
    expect(abort).toMatchObject({ status: 503, body: { code: 'engine-unavailable' } });
    await there.restartTemporal();
    expect((await there.ended(id)).outcome).toBe('succeeded');
    expect(world.live).toBe('green');
  });
});

describe('the store', () => {
  it('is not needed on the way back: an abort by signal undoes everything while it is down', async () => {
    const world = await there.world('storeless');
    const id = await approved(world, {
      service: 'storeless',
      steps: [steps.startByHttp(world), steps.switch(world), steps.hold('1m')],
    });
    await waitsFor(id, 'hold');
    await there.postgres.stop();
    const undone = world.arrival('DELETE /slots/green');
    await there.client.workflow.getHandle('deployment/storeless/production/1').signal('abort', { by: 'key:bob' });
    await undone;
    expect(world.live).toBe('blue');
    await there.postgres.start();
    expect((await there.ended(id)).outcome).toBe('rolled-back');
    const journal = await there.journal(id);
    expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, i) => i + 1));
    expect(await there.record(id)).toContain('**ROLLED BACK**');
  });
});

describe('an API behind a load balancer that is told to end', () => {
  it('is not ready first, then lets nobody in, and leaves nobody without an answer', async () => {
    const world = await there.world('drained');
    const id = await there.request(world, { service: 'drained' });
    await there.until(id, ({ phase }) => phase === 'awaiting-approval');
    await there.restartApi({ GANTRY_DRAIN: '2s' });
    const get = async (path: string) => (await fetch(`${there.url}${path}`)).status;
    expect(await get('/readyz')).toBe(200);
    const half = connect(Number(new URL(there.url).port), '127.0.0.1');
    let said = '';
    half.on('data', (chunk) => {
      said += String(chunk);
    });
    const halfEnded = once(half, 'close');
    half.write(
      `POST /v1/deployments/${id}/abort HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${there.tokens.get('key:bob') ?? ''}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"reason`,
    );
    const waiting = there.call<Status>('key:alice', 'GET', `/v1/deployments/${id}?wait=60s`);
    await there.status(id);

    const toldAt = Date.now();
    const ended = there.api().kill('SIGTERM');
    await eventually(
      () => get('/readyz'),
      (status) => status === 503,
    );
    expect(await get('/healthz')).toBe(200);
    expect((await there.call('key:alice', 'GET', `/v1/deployments/${id}`)).status).toBe(200);
    // Not before nobody is sent here any more.
    expect(await waiting).toMatchObject({ status: 200, body: { id, phase: 'awaiting-approval', outcome: null } });
    expect(Date.now() - toldAt).toBeGreaterThanOrEqual(1_990);
    await expect(get('/healthz')).rejects.toThrow(/fetch failed/);
    await halfEnded;
    expect(said).toMatch(/^HTTP\/1\.1 503 [^]*application\/problem\+json[^]*"code":"not-ready"/);
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(Date.now() - toldAt).toBeLessThan(20_000);

    await there.restartApi();
    expect((await there.status(id)).outcome).toBeNull();
    await there.call('key:bob', 'POST', `/v1/deployments/${id}/abort`, {});
    expect((await there.ended(id)).outcome).toBe('aborted');
  });
});

describe('whoever reads what a process prints', () => {
  it('may go: the deployment goes on, and so do worker and API', async () => {
    const api = there.api();
    for (const one of [worker, api]) one.closeOutput();
    const world = await there.world('unread');
    // Each is told in the worker's log; the stranger, in the API's.
    expect((await fetch(`${there.url}/v1/deployments`)).status).toBe(401);
    const { status } = await there.deploy(world, { service: 'unread' });
    expect(status.outcome).toBe('succeeded');
    expect([isAlive(worker.pid), isAlive(api.pid)]).toEqual([true, true]);
  });
});
