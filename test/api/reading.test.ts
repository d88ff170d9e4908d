import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { artifactOf, steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { subjects } from '../support/policy.ts';
import { type Rig, startRig } from '../support/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

type Body = Record<string, unknown>;
interface Page {
  readonly items: readonly (Body & { readonly id: string; readonly seq: number })[];
  readonly next: string | null;
}
const get = async <T = Body>(path: string, as = 'key:dan') => (await rig.call<T>(as, 'GET', path)).body;
const refused = async (as: string, method: string, path: string, body?: unknown) => {
  const answer = await rig.call(as, method, path, body);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const { code, pointer } = answer.body;
  return { status: answer.status, code, ...(pointer === undefined ? {} : { pointer }) };
};

describe('who asks', () => {
  const callerAs = (as: string) => get('/v1/caller', as);

  it('gets their name in the policy, and what it lets them do', async () => {
    expect(await callerAs('key:bob')).toMatchObject({ subject: 'key:bob', name: 'Bob May', kind: 'person', may: [] });
    const robot = { subject: 'key:ci-shop', kind: 'robot', roles: [], may: ['submit-evidence', 'request'] };
    expect(await callerAs('key:ci-shop')).toMatchObject(robot);
  });
});

describe('the plan of a deployment', () => {
  it('comes with what differs from the plan that ran last before it', async () => {
    const world = await rig.world('compared');
    const first = await rig.deploy(world, { service: 'compared', release: '2.0.1' });
    const second = await rig.request(world, { service: 'compared', release: '2.0.2' });
    expect(await get(`/v1/deployments/${first.id}/plan`)).toMatchObject({ changed: null, changedSince: null });
    const { changed, changedSince } = await get<Compared>(`/v1/deployments/${second}/plan`);
    expect(changedSince).toMatchObject({ deployment: first.id, release: '2.0.1' });
    expect(changed).toContainEqual({ pointer: '/release', before: '2.0.1', after: '2.0.2' });
    await rig.call('key:alice', 'POST', `/v1/deployments/${second}/abort`, {});
    await rig.ended(second);
  });
});
interface Compared {
  readonly changed: readonly unknown[];
  readonly changedSince: unknown;
}

describe('a list of deployments', () => {
  it('is filtered by every column, and its pages hold each deployment once', async () => {
    const world = await rig.world('listed');
    await rig.world('listed', 'strict');
    const done = await rig.deploy(world, { service: 'listed', release: '2.0.1' });
    const open = await rig.request(world, { service: 'listed', release: '2.0.2' });
    const strict = await rig.request(world, { service: 'listed', release: '2.0.3', environment: 'strict' });
    await rig.until(open, ({ phase }) => phase === 'awaiting-approval');
    await rig.until(strict, ({ phase, waitingFor }) => phase === 'verifying' && waitingFor.length > 0);
    const ids = async (query: string) =>
      (await get<Page>(`/v1/deployments?service=listed&${query}`)).items.map(({ id }) => id);
    expect(await ids('')).toEqual([strict, open, done.id]);
    expect(await ids('environment=strict')).toEqual([strict]);
    expect(await ids('outcome=succeeded')).toEqual([done.id]);
    expect(await ids('outcome=aborted')).toEqual([]);
    expect(await ids('phase=awaiting-approval')).toEqual([open]);
    expect(await ids('phase=ended')).toEqual([done.id]);
    expect(await ids('release=2.0.2&environment=strict')).toEqual([]);
    expect(await ids('requester=key:alice')).toEqual([strict, open, done.id]);

    const walked: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await get<Page>(`/v1/deployments?service=listed&limit=1${cursor}`);
      walked.push(...page.items.map(({ id }) => id));
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    expect(walked).toEqual([strict, open, done.id]);
    for (const id of [open, strict]) {
      await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
      await rig.ended(id);
    }
  });

  it.each(['', 'abc', '%00', 'W10', 'WyJ4Il0', 'A'.repeat(200), Buffer.from('["x",1.5,"y"]').toString('base64url')])(
    'takes no cursor that it has not given: %j',
    async (cursor) => {
      const answer = await refused('key:dan', 'GET', `/v1/deployments?cursor=${cursor}`);
      expect(answer).toEqual({ status: 400, code: 'malformed', pointer: '/cursor' });
    },
  );
});

it('what does not exist is 404, with a sentence', async () => {
  const id = 'nobody.production.1';
  const { digest } = artifactOf('1');
  const paths = ['', '/journal', '/plan', '/record'].map((part) => ['GET', `/v1/deployments/${id}${part}`, undefined]);
  for (const [method, path, body] of [
    ...paths,
    ['GET', '/v1/targets/nobody/production', undefined],
    ['GET', '/v1/nothing', undefined],
    ['POST', `/v1/deployments/${id}/approve`, { planDigest: digest }],
    ['POST', `/v1/deployments/${id}/note`, { severity: 'minor', statement: 'x' }],
    ['POST', `/v1/deployments/${id}/promote`, {}],
  ] as const)
    expect({ path, ...(await refused('key:bob', String(method), String(path), body)) }).toEqual({
      path,
      status: 404,
      code: 'not-found',
    });
  expect(await get(`/v1/evidence?digest=${digest}`)).toEqual({ evidence: [], refused: [] });
});

describe('a deployment that has ended', () => {
  it('is read as it was: status, journal by pages, plan, and one record in two forms', async () => {
    const world = await rig.world('ended');
    const { id } = await rig.deploy(world, { service: 'ended' });
    const journal = await eventually(
      () => rig.journal(id),
      (entries) => entries.at(-1)?.type === 'record-published',
    );
    const status = await rig.status(id);
    expect(status).toMatchObject({
      outcome: 'succeeded',
      phase: 'ended',
      paused: false,
      waitingFor: [],
      ifAborted: [],
      can: ['note'],
      seq: journal.length,
      steps: [
        { id: 'start-idle', state: 'passed', attempts: 1, startedAt: expect.any(String), endedAt: expect.any(String) },
        { id: 'switch', state: 'passed', attempts: 1 },
      ],
      approvals: [{ role: 'service-owner' }],
      health: [{ id: 'front-door', verdict: 'passed' }],
    });
    expect(new Set(journal.map(({ seq }) => seq)).size).toBe(journal.length);
    const paged: number[] = [];
    let after = -1;
    for (let next = 0; next !== after; ) {
      after = next;
      const path = `/v1/deployments/${id}/journal?after=${after}&limit=7`;
      const page = await get<{ items: { seq: number }[]; next: number }>(path);
      paged.push(...page.items.map(({ seq }) => seq));
      next = page.next;
    }
    expect(paged).toEqual(journal.map(({ seq }) => seq));
    // Nothing new will come, so nobody waits for it.
    expect(await get(`/v1/deployments/${id}?wait=60s&seq=99999`)).toMatchObject({ outcome: 'succeeded' });

    const { planDigest } = await get<{ planDigest: string }>(`/v1/deployments/${id}/plan`);
    const json = await rig.call<{ header: Body }>('key:dan', 'GET', `/v1/deployments/${id}/record`);
    expect(json.headers.get('content-type')).toMatch(/^application\/json/);
    const headers = { accept: 'text/markdown' };
    const text = await rig.call<string>('key:dan', 'GET', `/v1/deployments/${id}/record`, undefined, headers);
    expect(text.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(JSON.stringify(json.body)).toContain(planDigest);
    expect(json.body).toMatchObject({ header: { state: 'final' } });
    expect(text.body).toContain(planDigest);
    expect(text.body).toContain('**SUCCEEDED** · FINAL');
    expect(text.body.match(/^## /gm)).toHaveLength(5);

    // It stays what was published, however a later version would write it.
    const published = await rig.store.record(id);
    expect(published).toMatchObject({ state: 'final', markdown: text.body });
    expect(JSON.parse(published?.document ?? '')).toEqual(json.body);
    const earlier = { ...json.body, validation: { as: 'it was' } };
    if (published)
      await rig.store.saveRecord({
        ...published,
        lastSeq: published.lastSeq + 1,
        markdown: 'as it was',
        document: JSON.stringify(earlier),
      });
    expect(await get(`/v1/deployments/${id}/record`)).toEqual(earlier);
    expect(await rig.record(id)).toBe('as it was');
  });
});

/** A deployment has ended a moment before its target hears of it. */
const freed = (path: string) =>
  eventually(
    () => get(path),
    ({ lock }) => lock === null,
  );

describe('a target', () => {
  const adoption = { release: '7', artifact: artifactOf('7'), reason: 'as it runs' };

  it('takes from operators what it serves, while no deployment holds it', async () => {
    const world = await rig.world('held');
    const path = '/v1/targets/held/production';
    for (const as of subjects.filter((one) => one !== 'key:carol'))
      for (const part of ['adopt', 'resolve'])
        expect(await refused(as, 'POST', `${path}/${part}`, {})).toEqual({ status: 403, code: 'forbidden' });
    expect(await refused('key:carol', 'POST', `${path}/adopt`, { ...adoption, slot: 'A' })).toEqual({
      status: 400,
      code: 'malformed',
      pointer: '/slot',
    });
    expect(await refused('key:carol', 'POST', '/v1/targets/held/nowhere/adopt', adoption)).toEqual({
      status: 422,
      code: 'unknown-environment',
      pointer: '/environment',
    });

    const id = await rig.request(world, { service: 'held', steps: [steps.startByHttp(world), steps.gate()] });
    await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.approve(id);
    await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'gate'));
    const lock = { deployment: id, fence: 1, since: expect.any(String) };
    expect(await get(path)).toMatchObject({
      service: 'held',
      slot: 'blue',
      live: { release: '1.4.1' },
      lock,
      queue: [],
    });
    const { items } = await get<Page>('/v1/targets');
    expect(items.find(({ service }) => service === 'held')).toMatchObject({ environment: 'production', lock });
    expect(await refused('key:carol', 'POST', `${path}/adopt`, adoption)).toEqual({ status: 409, code: 'target-busy' });
    const resolution = { deployment: id, decision: 'compensate', reason: 'x' };
    expect(await refused('key:carol', 'POST', `${path}/resolve`, resolution)).toEqual({
      status: 409,
      code: 'nothing-to-resolve',
    });
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    await freed(path);
    expect((await rig.call('key:carol', 'POST', `${path}/adopt`, adoption)).status).toBe(200);
    const adopted = { by: { subject: 'key:carol', name: 'Carol Ito' }, reason: 'as it runs' };
    expect(await get(path)).toMatchObject({
      live: { release: '7', deployment: null, adopted },
      slot: null,
      lock: null,
    });
  });

  it('is shown with who waits for it, in the list and while no worker lives too', async () => {
    const world = await rig.world('queued');
    const path = '/v1/targets/queued/production';
    const ids: string[] = [];
    for (const kind of ['gate', 'target']) {
      const id = await rig.request(world, { service: 'queued', steps: [steps.startByHttp(world), steps.gate()] });
      ids.push(id);
      await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
      await rig.approve(id);
      await rig.until(id, ({ waitingFor }) => waitingFor.some((one) => one.kind === kind));
    }
    const [holder, next] = ids;
    const shown = { lock: { deployment: holder }, queue: [next] };
    const listed = async () =>
      (await get<Page>('/v1/targets')).items.find(({ service }) => service === 'queued') as Body;
    const seen = await eventually(
      () => get(path),
      ({ queue }) => (queue as string[]).length > 0,
    );
    expect(seen).toMatchObject({ ...shown, open: ids });
    expect(await listed()).toEqual(await get(path));
    // Only the target itself knows who waits.
    await rig.stopWorker();
    expect(await get(path)).toMatchObject({ live: { release: '1.4.1' }, lock: shown.lock, queue: null });
    expect(await listed()).toEqual(await get(path));
    await rig.startWorker();
    for (const id of ids.toReversed()) {
      await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
      await rig.ended(id);
    }
    expect(await freed(path)).toMatchObject({ queue: [] });
    expect(await listed()).toMatchObject({ queue: [] });
  });

  it('that needs a person takes the decision of an operator, about the deployment that holds it', async () => {
    const world = await rig.world('stuck');
    const path = '/v1/targets/stuck/production';
    world.bend('GET /slots/green/health', 503);
    world.bend('DELETE /slots/green', 500);
    const { id, status } = await rig.deploy(world, { service: 'stuck', steps: [steps.startByHttp(world)] });
    expect(status.outcome).toBe('needs-intervention');
    const accept = { deployment: id, decision: 'accept', reason: 'Looked at it' };
    const live = { release: '1.4.1', artifact: artifactOf('1.4.1'), slot: 'blue' };
    for (const [body, answer] of [
      [accept, { status: 400, code: 'malformed', pointer: '/live' }],
      [
        { ...accept, live: { ...live, release: '..' } },
        { status: 400, code: 'malformed', pointer: '/live/release' },
      ],
      [
        { ...accept, reason: '' },
        { status: 400, code: 'malformed', pointer: '/reason' },
      ],
      [
        { ...accept, live, deployment: 'stuck.production.9' },
        { status: 409, code: 'nothing-to-resolve' },
      ],
    ] as const)
      expect(await refused('key:carol', 'POST', `${path}/resolve`, body)).toEqual(answer);
    expect(await refused('key:alice', 'POST', `${path}/resolve`, { ...accept, live })).toEqual({
      status: 403,
      code: 'forbidden',
    });
    expect(await refused('key:carol', 'POST', `${path}/adopt`, adoption)).toEqual({ status: 409, code: 'target-busy' });
    expect(await get(path)).toMatchObject({ lock: { deployment: id }, needsIntervention: true });

    const repair = await rig.call<{ id: string }>('key:carol', 'POST', `${path}/resolve`, { ...accept, live });
    expect(repair.status).toBe(202);
    expect(repair.body.id).toBe('stuck.production.2');
    expect((await rig.ended(repair.body.id)).outcome).toBe('succeeded');
    expect(await freed(path)).toMatchObject({ needsIntervention: false, live: { release: '1.4.1' }, slot: 'blue' });
  });
});

describe('an answer from outside', () => {
  const servers: { readonly server: Server; readonly sockets: Set<Socket> }[] = [];
  afterEach(async () => {
    for (const { server, sockets } of servers.splice(0)) {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
  });
  /** A server that says what it likes, byte by byte, and never closes. */
  const odd = async () => {
    const sockets = new Set<Socket>();
    const again = (socket: Socket, ms: number, text: string) => {
      const timer = setInterval(() => socket.write(text), ms);
      socket.once('close', () => clearInterval(timer));
    };
    const ways: Record<string, (socket: Socket) => void> = {
      moved: (socket) =>
        socket.write('HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n'),
      large: (socket) => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n${'x'.repeat(1_048_577)}`),
      endless(socket) {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        again(socket, 1, 'x'.repeat(65_536));
      },
      slow(socket) {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        again(socket, 50, 'x');
      },
      headers(socket) {
        socket.write('HTTP/1.1 200 OK\r\n');
        again(socket, 50, 'X-A: b\r\n');
      },
      silent: () => undefined,
    };
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', (text) => ways[/ \/(\w+) /.exec(text.toString())?.[1] ?? 'silent']?.(socket));
    });
    servers.push({ server, sockets });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  it.each([
    ['moved', 'before the first action'],
    ['large', 'before the first action'],
    ['endless', 'before the first action'],
    ['slow', 'before anybody is asked'],
    ['headers', 'before anybody is asked'],
    ['silent', 'before anybody is asked'],
  ])('that is %s to a health check is refused %s', async (way, when) => {
    const service = `health-${way}`;
    const world = await rig.world(service);
    const availability = { id: 'front-door', availability: `${world.url}/` };
    const health = [availability, { id: 'odd', http: `${await odd()}/${way}`, timeout: '500ms', interval: '100ms' }];
    const id = await rig.request(world, { service, procedure: { health } });
    // What does not answer is seen before anybody is asked; what answers badly is seen by the monitor's first samples.
    if (when === 'before the first action') {
      await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
      await rig.approve(id);
    }
    expect((await rig.ended(id)).outcome).toBe('rejected');
    expect(world.live).toBe('blue');
    expect(world.changes).toEqual([]);
  });

  it.each(['moved', 'large', 'endless', 'slow', 'headers', 'silent'])(
    'that is %s to an action is no success',
    async (way) => {
      const service = `act-${way}`;
      const world = await rig.world(service);
      const act = {
        id: 'odd',
        title: 'Odd',
        do: { http: `${await odd()}/${way}`, timeout: '1s' },
        undo: { none: 'nothing to undo' },
        verify: { none: 'nothing to see' },
      };
      const { status, journal } = await rig.deploy(world, { service, steps: [steps.startByHttp(world), act] });
      expect(status.outcome).toBe('rolled-back');
      expect(world.slots.green.running).toBe(false);
      const ended = entriesOf(journal, 'action-completed').find(({ step }) => step === 'odd');
      const { startedAt = '', endedAt = '' } = ended?.outcome ?? {};
      const tookMs = Date.parse(endedAt) - Date.parse(startedAt);
      // The limit is 1 s; endless ones would take for ever.
      expect(tookMs).toBeLessThan(5_000);
    },
  );
});
