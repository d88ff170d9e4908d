import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestsOf } from '../../src/api/requests/idempotency-key.ts';
import type { Freeze } from '../../src/domain/policy/freezes-by-people.ts';
import { rules, testPolicy } from '../support/policy.ts';
import { type Rig, startRig } from '../support/rig.ts';

/** Carol operates everywhere, Bob in staging only. */
const policy = {
  ...testPolicy,
  environments: { production: rules, staging: { ...rules, operators: ['change-manager', 'service-owner'] } },
};

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ policy });
});
afterAll(() => rig.stop());

interface View {
  readonly id: string;
  readonly targets?: readonly string[];
  readonly note?: string;
  readonly state: string;
  readonly lifted: { readonly by: string; readonly reason: string } | null;
}

const everything = { kind: 'everything' };
const freeze = (as: string, scope: unknown, more: object = {}) =>
  rig.call<View>(as, 'POST', '/v1/freezes', { scope, reason: 'an incident', ...more });
const lift = (as: string, id: string, body: unknown = { reason: 'solved' }) =>
  rig.call<View>(as, 'DELETE', `/v1/freezes/${id}`, body);
const idsOf = async (query = '') =>
  (await rig.call<{ items: View[] }>('key:alice', 'GET', `/v1/freezes${query}`)).body.items.map(({ id }) => id);

describe('a freeze', () => {
  it('is made, seen by everybody, and lifted once; who did what is kept', async () => {
    const { status, body, headers } = await freeze('key:carol', {
      kind: 'target',
      service: 'shop',
      environment: 'production',
    });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/freezes/${body.id}`);
    expect(body).toMatchObject({ state: 'active', until: null, createdBy: 'key:carol', lifted: null });
    expect(await idsOf('?active=true')).toEqual([body.id]);
    const { targets, note, ...asListed } = body;
    expect({ targets, note: typeof note }).toEqual({ targets: [], note: 'string' });
    expect(await rig.call('key:alice', 'GET', `/v1/freezes/${body.id}`)).toMatchObject({ status: 200, body: asListed });

    expect(await rig.call('key:carol', 'DELETE', `/v1/freezes/${body.id}`)).toMatchObject({
      status: 400,
      body: { code: 'malformed', detail: 'Send a JSON object with reason: there is no body.' },
    });
    const lifted = { state: 'lifted', lifted: { by: 'key:carol', reason: 'solved', at: expect.any(String) } };
    expect(await lift('key:carol', body.id)).toMatchObject({ status: 200, body: lifted });
    expect(await lift('key:carol', body.id, { reason: 'once more' })).toMatchObject({ status: 200, body: lifted });
    expect(await idsOf('?active=true')).toEqual([]);
    expect(await idsOf()).toEqual([body.id]);
    expect(await idsOf('?active=false')).toEqual([body.id]);
  });

  it('may be announced, in whatever offset, and is over by itself', async () => {
    const span = { from: '2099-12-20T00:00:00+01:00', until: '2100-01-04T00:00:00+01:00' };
    const { body } = await freeze('key:carol', everything, span);
    expect(body).toMatchObject({
      state: 'announced',
      from: '2099-12-19T23:00:00.000Z',
      until: '2100-01-03T23:00:00.000Z',
    });
    expect(await idsOf('?active=true')).toEqual([body.id]);
    await lift('key:carol', body.id);
  });
});

it('reports which targets it reaches, and that it reaches none where a name is mistyped', async () => {
  for (const [service, environment] of [
    ['shop', 'staging'],
    ['shop', 'production'],
    ['search', 'production'],
  ] as const)
    await rig.world(service, environment);
  const cases: readonly (readonly [object, readonly string[]])[] = [
    [{ kind: 'service', service: 'shop' }, ['shop/production', 'shop/staging']],
    [{ kind: 'environment', environment: 'production' }, ['search/production', 'shop/production']],
    [{ kind: 'target', service: 'shop', environment: 'staging' }, ['shop/staging']],
    [everything, ['search/production', 'shop/production', 'shop/staging']],
  ];
  for (const [scope, targets] of cases) {
    const { body } = await freeze('key:carol', scope);
    expect({ scope, targets: body.targets, note: body.note }).toEqual({ scope, targets, note: undefined });
    await lift('key:carol', body.id);
  }
  // Before its first deployment a service can be held back, too.
  const { status, body } = await freeze('key:carol', { kind: 'service', service: 'shpo' });
  expect({ status, ...body }).toMatchObject({
    status: 201,
    targets: [],
    note: 'No target of shpo is known yet: this holds back what is to come. Was another name meant?',
  });
  await lift('key:carol', body.id);
});

it('stops more than one environment only for an operator of every one of them', async () => {
  const staging = { kind: 'environment', environment: 'staging' };
  const cases: readonly (readonly [string, unknown, number])[] = [
    ['key:bob', staging, 201],
    ['key:bob', { kind: 'target', service: 'shop', environment: 'staging' }, 201],
    ['key:bob', { kind: 'environment', environment: 'production' }, 403],
    ['key:bob', { kind: 'service', service: 'shop' }, 403],
    ['key:bob', everything, 403],
    ['key:carol', { kind: 'service', service: 'shop' }, 201],
    ['key:carol', everything, 201],
    ['key:alice', staging, 403],
    ['key:ci-shop', staging, 403],
  ];
  for (const [as, scope, status] of cases)
    expect({ as, scope, status: (await freeze(as, scope)).status }).toEqual({ as, scope, status });
  const { body } = await freeze('key:carol', everything);
  expect(await lift('key:bob', body.id)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  expect(await lift('key:alice', body.id)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  for (const id of await idsOf('?active=true')) expect((await lift('key:carol', id)).status).toBe(200);
});

it('that the policy has forgotten the environment of can still be lifted', async () => {
  const { body } = await freeze('key:carol', { kind: 'environment', environment: 'staging' });
  await rig.writePolicy({ ...policy, environments: { production: rules } });
  expect(await lift('key:bob', body.id)).toMatchObject({ status: 403 });
  expect(await lift('key:carol', body.id)).toMatchObject({ status: 200 });
  await rig.writePolicy(policy);
});

it('are listed in pages, the newest first, each once', async () => {
  const made: string[] = [];
  for (let i = 0; i < 3; i += 1) made.unshift((await freeze('key:carol', everything)).body.id);
  const walked: string[] = [];
  let next: string | null = '';
  while (next !== null) {
    const path: string = `/v1/freezes?active=true&limit=2${next === '' ? '' : `&cursor=${next}`}`;
    const { body } = await rig.call<{ items: View[]; next: string | null }>('key:alice', 'GET', path);
    walked.push(...body.items.map(({ id }) => id));
    next = body.next;
  }
  expect(walked).toEqual(made);
  for (const id of made) await lift('key:carol', id);
  expect(await rig.call('key:alice', 'GET', '/v1/freezes?cursor=x')).toMatchObject({ body: { pointer: '/cursor' } });
  expect(await rig.call('key:alice', 'GET', '/v1/freezes?limit=201')).toMatchObject({ body: { pointer: '/limit' } });
});

it('reports what is wrong with a body, and where', async () => {
  const target = { kind: 'target', service: 'shop' };
  const cases: readonly (readonly [unknown, object, string, string])[] = [
    [{ kind: 'galaxy' }, {}, 'malformed', '/scope/kind'],
    [target, {}, 'malformed', '/scope/environment'],
    [{ ...everything, service: 'shop' }, {}, 'malformed', '/scope/service'],
    [{ kind: 'environment', environment: 'nowhere' }, {}, 'unknown-environment', '/scope/environment'],
    [everything, { reason: '' }, 'malformed', '/reason'],
    [everything, { until: 'tomorrow' }, 'malformed', '/until'],
    [everything, { until: '2020-01-01T00:00:00Z' }, 'malformed', '/until'],
    [everything, { from: '2099-01-02T00:00:00Z', until: '2099-01-01T00:00:00Z' }, 'malformed', '/until'],
    [everything, { colour: 'red' }, 'malformed', '/colour'],
  ];
  for (const [scope, more, code, pointer] of cases)
    expect({ scope, more, ...(await freeze('key:carol', scope, more)).body }).toMatchObject({ code, pointer });
  expect(await lift('key:carol', 'nothing')).toMatchObject({ status: 404, body: { code: 'not-found' } });
  expect(await lift('key:carol', 'nothing', {})).toMatchObject({ status: 400, body: { pointer: '/reason' } });
  expect(await idsOf('?active=true')).toEqual([]);
});

describe('under an Idempotency-Key', () => {
  const made = (key: string, body: unknown) =>
    rig.call<View & { code?: string }>('key:carol', 'POST', '/v1/freezes', body, { 'idempotency-key': key });
  const body = { scope: everything, reason: 'an incident' };

  it('is made once, however often its answer is lost, so that lifting it lets the line go on', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => made('stop', body)));
    const [first] = answers;
    for (const { status, body: said, headers } of answers)
      expect({ status, said, location: headers.get('location') }).toEqual({
        status: 201,
        said: first?.body,
        location: `/v1/freezes/${first?.body.id}`,
      });
    expect(await idsOf('?active=true')).toEqual([first?.body.id]);
    expect(await made('stop', { ...body, reason: 'another' })).toMatchObject({
      status: 422,
      body: { code: 'idempotency-key-reused' },
    });
    await lift('key:carol', first?.body.id ?? '');
    expect(await idsOf('?active=true')).toEqual([]);
    expect((await made('stop', body)).body).toEqual(first?.body);
    expect(await idsOf('?active=true')).toEqual([]);
  });

  it('that an API made before it was killed is found by the repeat, also once it is lifted or over', async () => {
    const claim = await rig.store.claim('key:carol', 'died', digestsOf('/v1/freezes', {}, body));
    if (claim.kind !== 'claimed') throw new Error(claim.kind);
    const at = '2026-11-23T09:00:00.000Z';
    const lifted = { at, by: 'key:carol', reason: 'solved' };
    const who = { createdAt: at, createdBy: 'key:carol', lifted };
    const before: Freeze = {
      id: claim.operation,
      scope: { kind: 'everything' },
      reason: 'an incident',
      from: at,
      until: null,
      ...who,
    };
    await rig.store.addFreeze(before);
    await rig.store.giveBack(claim.held);
    expect(await made('died', body)).toMatchObject({ status: 201, body: { id: claim.operation, state: 'lifted' } });
    expect(await idsOf('?active=true')).toEqual([]);
  });

  it('that was refused leaves the key free', async () => {
    expect(await made('again', { ...body, until: '2020-01-01T00:00:00Z' })).toMatchObject({ status: 400 });
    const { status, body: said } = await made('again', body);
    expect(status).toBe(201);
    await lift('key:carol', said.id);
  });
});
