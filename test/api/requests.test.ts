import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { createToken, revokeTokens } from '../../src/main/keys/tokens.ts';
import { changeOf, steps } from '../support/change.ts';
import { rules, testPolicy } from '../support/policy.ts';
import { type Rig, startRig } from '../support/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

type Body = Record<string, unknown>;
const post = (as: string, key: string, body: unknown) =>
  rig.call<Body & { id: string }>(as, 'POST', '/v1/deployments', body, { 'idempotency-key': key });

describe('an Idempotency-Key', () => {
  it('makes 20 requests at once one deployment, and a later repeat finds it as it is then', async () => {
    const world = await rig.world('once');
    await rig.submitEvidence('1.4.2');
    const body = changeOf(world, { service: 'once' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('key:alice', 'same', body)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    expect(new Set(answers.map(({ body: { id } }) => id))).toEqual(new Set(['once.production.1']));
    const other = await post('key:alice', 'same', { ...body, release: '1.4.3' });
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
    // Somebody else's key is another key.
    expect((await post('key:dan', 'same', body)).body.id).toBe('once.production.2');
    await rig.call('key:alice', 'POST', '/v1/deployments/once.production.1/abort', {});
    await rig.ended('once.production.1');
    expect((await post('key:alice', 'same', body)).body).toMatchObject({
      id: 'once.production.1',
      outcome: 'aborted',
      hint: expect.stringMatching(/^This Idempotency-Key has led to once\.production\.1, which ended as aborted: /),
    });
    await rig.call('key:dan', 'POST', '/v1/deployments/once.production.2/abort', {});
    await rig.ended('once.production.2');
  });

  it('is free again after a request that was refused', async () => {
    const world = await rig.world('refused');
    const body = changeOf(world, { service: 'refused' });
    expect((await post('key:alice', 'again', { ...body, environment: 'nowhere' })).status).toBe(422);
    const second = await post('key:alice', 'again', body);
    expect(second.status).toBe(202);
    await rig.call('key:alice', 'POST', `/v1/deployments/${second.body.id}/abort`, {});
    await rig.ended(second.body.id);
  });
});

describe('a token', () => {
  it('is asked for on every route but those of health, readiness, the API’s description, the command line, what one logs in by and the links of pages', async () => {
    const { body } = await rig.call<{ paths: Record<string, Record<string, unknown>> }>(
      'key:alice',
      'GET',
      '/openapi.json',
    );
    const routes = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ path, method })),
    );
    expect(routes.length).toBeGreaterThan(20);
    // What stands in place of a key is in the link itself.
    const ofPublic: Readonly<Record<string, number>> = {
      '/cli.tgz': 200,
      '/healthz': 200,
      '/readyz': 200,
      '/v1/identity-provider': 200,
      '/v1/pages/{token}': 404,
    };
    for (const { path, method } of routes) {
      const answer = await fetch(rig.url + path.replace(/\{[^}]+\}/g, 'x'), { method: method.toUpperCase() });
      expect({ path, method, status: answer.status }).toEqual({ path, method, status: ofPublic[path] ?? 401 });
      expect(answer.headers.get('www-authenticate')).toBe(ofPublic[path] ? null : 'Bearer');
      await answer.arrayBuffer();
    }
    for (const path of ['/nothing', '/v1/deployments/../../etc/passwd'])
      expect((await fetch(rig.url + path)).status).toBe(401);
    for (const path of ['/', '/docs', '/openapi.json']) expect((await fetch(rig.url + path)).status).toBe(200);
  });

  it('counts while it is complete, known and not revoked, for a subject of the policy', async () => {
    const token = await createToken(rig.store, 'key:dan');
    const list = (as: string) => rig.call(as, 'GET', '/v1/deployments');
    expect((await list(token)).status).toBe(200);
    for (const bad of [
      '',
      'gtk_',
      token.slice(0, -1),
      `${token}x`,
      token.toUpperCase(),
      `gtk_${'A'.repeat(43)}`,
      `gtk_${'0'.repeat(16)}_${'A'.repeat(43)}`,
    ])
      expect(await list(bad)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    await revokeTokens(rig.store, 'key:dan', null);
    expect((await list(token)).status).toBe(401);
    const stranger = await createToken(rig.store, 'key:stranger');
    expect(await list(stranger)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });

  it('of a robot takes it as far as its may, of a person without the role not to an operator', async () => {
    const adoption = { release: '1', artifact: { uri: 'a', digest: `sha256:${'a'.repeat(64)}` }, reason: 'x' };
    for (const as of ['key:ci-shop', 'key:alice'])
      expect(await rig.call(as, 'POST', '/v1/targets/other/production/adopt', adoption)).toMatchObject({
        status: 403,
        body: { code: 'forbidden' },
      });
    const world = await rig.world('robot');
    await rig.submitEvidence('1.4.2');
    const bare = changeOf(world, { service: 'robot' });
    expect(await post('key:ci-shop', 'r1', bare)).toMatchObject({
      status: 400,
      body: {
        code: 'malformed',
        issues: [{ pointer: '/change/onBehalfOf' }, { pointer: '/change/authors' }],
      },
    });
    const onBehalfOf = changeOf(world, { service: 'robot', change: { onBehalfOf: 'key:olga', authors: ['key:bob'] } });
    const { id } = (await post('key:ci-shop', 'r2', onBehalfOf)).body;
    const { planDigest } = await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    const approve = (as: string) => rig.call(as, 'POST', `/v1/deployments/${id}/approve`, { planDigest });
    expect(await approve('key:ci-shop')).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    for (const as of ['key:olga', 'key:bob'])
      expect(await approve(as)).toMatchObject({ status: 403, body: { code: 'self-approval' } });
    expect((await rig.call('key:ci-shop', 'POST', `/v1/deployments/${id}/pause`, {})).status).toBe(403);
    expect((await rig.call('key:ci-shop', 'POST', `/v1/deployments/${id}/abort`, {})).status).toBe(202);
    expect((await rig.ended(id)).outcome).toBe('aborted');
  });
});

describe('reading', () => {
  it('shows what is asked for: lists by filter and page, status, journal, plan, record, preview', async () => {
    const world = await rig.world('read');
    const ids: string[] = [];
    for (const release of ['3.0.1', '3.0.2', '3.0.3']) ids.push(await rig.request(world, { service: 'read', release }));
    // The list is the store's, which hears of a deployment with its first activity.
    for (const one of ids) await rig.until(one, ({ phase }) => phase === 'awaiting-approval');
    const list = async (query: string) =>
      (
        await rig.call<{ items: { id: string }[]; next: string | null }>(
          'key:bob',
          'GET',
          `/v1/deployments?service=read&${query}`,
        )
      ).body;
    const first = await list('limit=2');
    expect(first.items.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    const second = await list(`limit=2&cursor=${encodeURIComponent(first.next ?? '')}`);
    expect(second).toMatchObject({ items: [{ id: ids[0] }], next: null });
    expect((await list('release=3.0.2')).items.map(({ id }) => id)).toEqual([ids[1]]);
    expect((await list('requester=key:bob')).items).toEqual([]);

    const id = ids[0] ?? '';
    const status = await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    expect(status).toMatchObject({
      id,
      workflowId: 'deployment/read/production/1',
      number: 1,
      service: 'read',
      environment: 'production',
      release: '3.0.1',
      requester: { subject: 'key:alice' },
      outcome: null,
      paused: false,
      waitingFor: [
        {
          kind: 'approval',
          then: 'expires',
          missing: [{ role: 'service-owner', minimum: 1 }],
          who: ['key:bob', 'key:olga'],
        },
      ],
      approvals: [],
      ifAborted: [],
    });
    const can = async (as: string) => (await rig.call<{ can: string[] }>(as, 'GET', `/v1/deployments/${id}`)).body.can;
    expect(await can('key:bob')).toEqual(expect.arrayContaining(['approve', 'reject', 'abort', 'pause', 'note']));
    expect(await can('key:alice')).not.toContain('approve');
    expect(await can('key:ci-shop')).toEqual([]);

    const page = async (query: string) =>
      (
        await rig.call<{ items: { seq: number }[]; next: number }>(
          'key:bob',
          'GET',
          `/v1/deployments/${id}/journal?${query}`,
        )
      ).body;
    expect((await page('limit=3')).items.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect((await page('after=3&limit=2')).items.map(({ seq }) => seq)).toEqual([4, 5]);
    const { plan, planDigest } = (
      await rig.call<{ plan: Body; planDigest: string }>('key:bob', 'GET', `/v1/deployments/${id}/plan`)
    ).body;
    expect(planDigest).toBe(status.planDigest);
    expect(plan).toMatchObject({ service: 'read', release: '3.0.1' });

    const draft = await rig.call<{ v: number; header: Body }>('key:bob', 'GET', `/v1/deployments/${id}/record`);
    expect(draft.body).toMatchObject({ v: 1 });
    expect(await rig.record(id)).toContain('DRAFT');

    const preview = await rig.call<{
      planDigest: string;
      gates: { gate: string; state: string }[];
      outlook: Body[];
      checks: { part: string }[];
      changed: Body[] | null;
    }>('key:alice', 'POST', '/v1/plans', changeOf(world, { service: 'read', release: '3.0.4' }));
    expect(preview.body.outlook).toContainEqual({
      about: 'order',
      says: expect.stringContaining('older deployments open: '),
      deployments: expect.arrayContaining([...ids]),
    });
    expect(preview.body.checks.map(({ part }) => part)).toContain('monitoring');
    expect(preview.body.gates.find(({ gate }) => gate === 'stage-system')).toMatchObject({
      state: 'blocked',
      who: [{ subject: 'key:ci-shop', name: 'CI of shop', role: 'submit-evidence' }],
    });
    expect(preview.body.gates.find(({ gate }) => gate === 'approval')).toMatchObject({
      state: 'waiting',
      missing: [{ role: 'service-owner', minimum: 1 }],
      who: [{ name: 'Bob May' }, { name: 'Olga Own' }],
    });
    expect(preview.body.gates.find(({ gate }) => gate === 'live-release')).toMatchObject({ state: 'passed' });
    // None of them has run.
    expect(preview.body.changed).toBeNull();
    const same = await rig.call<{ planDigest: string }>(
      'key:alice',
      'POST',
      '/v1/plans',
      changeOf(world, { service: 'read', release: '3.0.4' }),
    );
    expect(same.body.planDigest).toBe(preview.body.planDigest);
    for (const one of ids) await rig.call('key:alice', 'POST', `/v1/deployments/${one}/abort`, {});
    for (const one of ids) await rig.ended(one);
  });

  it('waits as long as requested, and returns as soon as there is a new entry', async () => {
    const world = await rig.world('waits');
    const id = await rig.request(world, { service: 'waits' });
    const { seq } = await rig.until(
      id,
      ({ phase, waitingFor }) => phase === 'awaiting-approval' && waitingFor.length > 0,
    );
    const quiet = await rig.call<{ seq: number }>('key:bob', 'GET', `/v1/deployments/${id}?wait=500ms&seq=${seq}`);
    expect(quiet.body.seq).toBe(seq);
    const waiting = rig.call<{ seq: number }>('key:bob', 'GET', `/v1/deployments/${id}?wait=60s&seq=${seq}`);
    const note = { severity: 'minor', statement: 'hello' };
    expect((await rig.call('key:bob', 'POST', `/v1/deployments/${id}/note`, note)).status).toBe(200);
    expect((await waiting).body.seq).toBeGreaterThan(seq);
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    expect((await rig.ended(id)).outcome).toBe('aborted');
  });
});

describe('an approval', () => {
  it('counts for exactly its plan: not once policy, a file, a parameter or evidence are not what they were', async () => {
    const world = await rig.world('voided', 'strict');
    const { procedure } = changeOf(world) as { procedure: object };
    const folder = join(rig.procedures, 'voided');
    const parameters = { pause: { type: 'duration', default: '1s' } };
    await mkdir(folder);
    await writeFile(join(folder, 'tool'), 'one\n');
    await writeFile(
      join(folder, 'procedure.yaml'),
      stringify(
        { ...procedure, procedure: 'voided', environments: { strict: {} }, parameters, files: ['tool'] },
        { aliasDuplicateObjects: false },
      ),
    );
    const ids: string[] = [];
    const digestOf = async (given: Body = {}) => {
      const body = { ...changeOf(world, { service: 'voided', environment: 'strict' }), procedure: 'voided', ...given };
      const { id } = (await post('key:alice', `voided-${ids.length}`, body)).body;
      ids.push(id);
      return (await rig.status(id)).planDigest;
    };
    const approve = (planDigest: string) =>
      rig.call('key:bob', 'POST', `/v1/deployments/${ids.at(-1)}/approve`, { planDigest });

    await rig.submitEvidence('1.4.2');
    const approved = await digestOf();
    expect((await approve(approved)).status).toBe(200);
    const changes: readonly (() => Promise<unknown>)[] = [
      () => writeFile(join(folder, 'tool'), 'two\n'),
      () => rig.submitEvidence('1.4.2', { ageMs: 1_000 }),
      () => rig.writePolicy({ ...testPolicy, environments: { ...testPolicy.environments, more: rules } }),
    ];
    const digests = [approved, await digestOf({ parameters: { pause: '2s' } })];
    expect(await approve(approved)).toMatchObject({ status: 409, body: { code: 'plan-changed' } });
    for (const change of changes) {
      await change();
      digests.push(await digestOf());
      expect(await approve(approved)).toMatchObject({ status: 409, body: { code: 'plan-changed' } });
    }
    expect(new Set(digests).size).toBe(5);
    await rig.writePolicy(testPolicy);
    for (const id of ids) await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
    for (const id of ids) await rig.ended(id);
  });
});

describe('a target', () => {
  it('takes 100 open deployments and no more, and still knows the keys of those', async () => {
    const world = await rig.world('crowd');
    await rig.submitEvidence('1.4.2');
    const body = changeOf(world, { service: 'crowd' });
    for (let batch = 0; batch < 10; batch += 1) {
      const keys = Array.from({ length: 10 }, (_, i) => `crowd-${batch}-${i}`);
      const answers = await Promise.all(keys.map((key) => post('key:alice', key, body)));
      expect(answers.map(({ status }) => status)).toEqual(keys.map(() => 202));
    }
    const full = await post('key:alice', 'one-too-many', body);
    expect(full).toMatchObject({ status: 429, body: { code: 'queue-full' } });
    expect(full.headers.get('retry-after')).not.toBeNull();
    // A repeat is no new one.
    expect((await post('key:alice', 'crowd-0-0', body)).status).toBe(202);
    await rig.client.workflow.getHandle('target/crowd/production').terminate();
    for await (const { workflowId } of rig.client.workflow.list({
      query: "GantryService='crowd' AND ExecutionStatus='Running'",
    }))
      await rig.client.workflow.getHandle(workflowId).terminate();
  }, 120_000);
});

describe('an answer from outside', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  const odd = async () => {
    const server = createServer((request, response) => {
      if (request.url === '/moved') response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
      if (request.url === '/endless') setInterval(() => response.write('x'.repeat(65_536)), 1).unref();
      if (request.url === '/large') response.end('x'.repeat(1024 * 1024 + 1));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  it.each([
    ['moved', 'failed'],
    ['endless', 'failed'],
    ['large', 'failed'],
    ['silent', 'error'],
  ])('that is %s is no pass: the step rolls back', async (path, verdict) => {
    const service = `odd-${path}`;
    const world = await rig.world(service);
    const url = await odd();
    const start = steps.startByHttp(world);
    const verify = [...(start['verify'] as object[]), { id: 'odd', http: `${url}/${path}`, timeout: '1s' }];
    const { status, journal } = await rig.deploy(world, { service, steps: [{ ...start, verify }] });
    expect(status.outcome).toBe('rolled-back');
    expect(entriesOf(journal, 'check-completed').find(({ check }) => check === 'odd')).toMatchObject({ verdict });
    expect(world.slots.green.running).toBe(false);
  });

  it.each(['moved', 'endless', 'silent'])('to an action that is %s is no success', async (path) => {
    const service = `act-${path}`;
    const world = await rig.world(service);
    const url = await odd();
    const act = {
      id: 'odd',
      title: 'Odd',
      do: { http: `${url}/${path}`, timeout: '1s' },
      undo: { none: 'nothing to undo' },
      verify: { none: 'nothing to see' },
    };
    const { status } = await rig.deploy(world, { service, steps: [steps.startByHttp(world), act] });
    expect(status.outcome).toBe('rolled-back');
  });
});

describe('what people write', () => {
  it('leaves headings, tables, links and terminals alone', async () => {
    const hostile =
      '| a | b |\n## Deployment Certification\n<script>alert(1)</script> `code` ](javascript:alert(1)) [x](http://e.vil) \u001b[31mred\u001b[0m \u202Eevil \u2066x ![i](http://e.vil/i.png) &amp; *b* _i_ ~~s~~ \\| <!-- -->';
    const world = await rig.world('hostile');
    const id = await rig.request(world, {
      service: 'hostile',
      change: {
        summary: hostile.slice(0, 200),
        reason: hostile,
        impact: hostile.slice(0, 300),
        ticket: hostile.slice(0, 200),
      },
    });
    const { planDigest } = await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
    await rig.call('key:bob', 'POST', `/v1/deployments/${id}/note`, { severity: 'minor', statement: hostile });
    await rig.signal(id, hostile.slice(0, 20), {}).catch(() => undefined);
    await rig.signal(id, 'approve', { by: 'key:nobody', planDigest, statement: hostile });
    await rig.call('key:bob', 'POST', `/v1/deployments/${id}/approve`, { planDigest, statement: hostile });
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    const markdown = await rig.record(id);
    expect(markdown.match(/^##? .*$/gm)).toEqual([
      '# Deployment record: hostile 1.4.2 to production',
      '## Deployment Certification',
      '## Deployment Execution Log',
      '## Production Validation Results',
      '## Change Management Documentation',
      '## Final Workflow Completion',
    ]);
    // What stands between backticks is text.
    expect(markdown.replace(/`[^`]*`/g, '')).not.toMatch(/<script|<!--|\]\(javascript:|\]\(http:\/\/e\.vil/);
    expect(markdown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
    // Every row of a table has as many cells as its head.
    const cells = (line: string) => line.replaceAll('\\|', '').split('|').length;
    for (const block of markdown.split('\n\n').filter((text) => text.startsWith('|'))) {
      const rows = block.split('\n').filter((line) => line.startsWith('|'));
      expect(new Set(rows.map(cells)).size).toBe(1);
    }
    const noisy = rig.told.filter((line) => line.includes('hostile'));
    expect(noisy.length).toBeGreaterThan(0);
    for (const line of noisy) expect(line).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
  });
});

describe('readiness of the service', () => {
  it('ends with Temporal, while it still lives', async () => {
    expect((await fetch(`${rig.url}/readyz`)).status).toBe(200);
    const other = await startRig();
    await other.server.stop();
    const ready = await fetch(`${other.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ code: 'not-ready', detail: expect.stringContaining('Temporal') });
    expect((await fetch(`${other.url}/healthz`)).status).toBe(200);
    const world = await rig.world('down');
    const answer = await other.call('key:alice', 'POST', '/v1/deployments', changeOf(world, { service: 'down' }), {
      'idempotency-key': 'down',
    });
    expect(answer).toMatchObject({ status: 503, body: { code: 'engine-unavailable' } });
    expect(answer.headers.get('retry-after')).not.toBeNull();
    await other.stop();
  }, 120_000);
});
