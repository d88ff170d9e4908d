import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { artifactOf, changeOf, steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { type Rig, startRig } from '../support/rig.ts';
import type { World } from '../support/world.ts';

let rig: Rig;
let world: World;
let before: string;
/** Everything that a request could have started or stored. */
const traces = async () => {
  const executions: string[] = [];
  for await (const { workflowId } of rig.client.workflow.list()) executions.push(workflowId);
  const { items } = (await rig.call<{ items: unknown[] }>('key:alice', 'GET', '/v1/deployments')).body;
  return JSON.stringify([executions.sort(), items, await rig.store.targets(), world.changes]);
};
beforeAll(async () => {
  rig = await startRig();
  world = await rig.world('shop');
  await rig.submitEvidence('1.4.2');
  for (const [service, slot] of [['slotless'], ['strange', 'red']])
    await rig.call('key:carol', 'POST', `/v1/targets/${service}/production/adopt`, {
      release: '1.4.1',
      artifact: artifactOf('1.4.1'),
      ...(slot === undefined ? {} : { slot }),
      reason: 'as it runs',
    });
  // What was adopted reaches the store a moment later.
  await eventually(
    () => rig.store.targets(),
    (known) => ['shop', 'slotless', 'strange'].every((service) => JSON.stringify(known).includes(`"${service}"`)),
  );
  before = await traces();
});
afterAll(() => rig.close());

type Document = Record<string, unknown>;
let keys = 0;
const send = async (body: unknown, path = '/v1/deployments', headers: Record<string, string> = {}) => {
  keys += 1;
  const answer = await rig.call<Document>('key:alice', 'POST', path, body, {
    'idempotency-key': `bad-${keys}`,
    ...headers,
  });
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  return { status: answer.status, code: answer.body['code'], pointer: answer.body['pointer'] ?? '' };
};
const good = () => changeOf(world);
/** The good request with one member set, by path. */
function withMember(path: readonly (string | number)[], value: unknown): Document {
  const body = structuredClone(good());
  let at: Record<string | number, unknown> = body;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
  const last = path.at(-1) ?? '';
  if (value === undefined) delete at[last];
  else at[last] = value;
  return body;
}

describe('a body that is not JSON', () => {
  it.each([
    ['cut short', '{"service": "shop"'],
    ['with something behind it', '{} {}'],
    ['with a key twice', '{"service": "shop", "service": "other"}'],
    ['with a comment', '{/* */}'],
    ['empty', ' '],
    ['nested without end', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
  ])('is malformed: %s', async (_what, text) => {
    expect(await send(text)).toMatchObject({ status: 400 });
    expect((await send(text)).code).toMatch(/^malformed/);
  });

  it('is malformed when it is not UTF-8, unsupported when it is something else, and too large above 1 MiB', async () => {
    const raw = async (body: string | Uint8Array<ArrayBuffer>, type: string) => {
      const token = await tokenOf();
      const headers = { authorization: `Bearer ${token}`, 'content-type': type, 'idempotency-key': 'raw' };
      const answer = await fetch(`${rig.url}/v1/deployments`, { method: 'POST', body, headers });
      return { status: answer.status, code: ((await answer.json()) as Document)['code'] };
    };
    expect(await raw(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), 'application/json')).toEqual({
      status: 400,
      code: 'malformed-json',
    });
    expect(await raw('a=b', 'application/x-www-form-urlencoded')).toEqual({
      status: 415,
      code: 'unsupported-media-type',
    });
    expect(await raw('<a/>', 'text/xml')).toEqual({ status: 415, code: 'unsupported-media-type' });
    expect(await raw(`"${'x'.repeat(1024 * 1024)}"`, 'application/json')).toEqual({ status: 413, code: 'too-large' });
  });

  it.each([
    ['__proto__', '{"__proto__": {"service": "x"}}'],
    ['a lone surrogate', '{"service": "\\ud800"}'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a number', '1'],
  ])('is refused as a request: %s', async (_what, text) => {
    expect((await send(text)).status).toBe(400);
  });
});

async function tokenOf(): Promise<string> {
  const { createToken } = await import('../../src/main/keys/tokens.ts');
  return createToken(rig.store, 'key:alice');
}

describe('a request', () => {
  const long = 'a'.repeat(64);
  const step = (at: number, ...path: (string | number)[]) => ['procedure', 'steps', at, ...path];
  const checkAt = ['procedure', 'validation', 'smoke', 0];
  it.each<readonly [string, readonly (string | number)[], unknown, string, string]>([
    ['a name with a slash', ['service'], 'a/b', 'malformed', '/service'],
    ['a name with dots', ['service'], '..', 'malformed', '/service'],
    ['a name like __proto__', ['service'], '__proto__', 'malformed', '/service'],
    ['a name with a control character', ['service'], 'a\u0007b', 'malformed', '/service'],
    ['an empty name', ['service'], '', 'malformed', '/service'],
    ['a name of 64', ['service'], long, 'malformed', '/service'],
    ['a capital', ['environment'], 'Production', 'malformed', '/environment'],
    ['a name of 1 MiB less a bit', ['service'], 'a'.repeat(1024 * 1000), 'malformed', '/service'],
    ['an environment that policy does not name', ['environment'], 'nowhere', 'unknown-environment', '/environment'],
    ['an environment named __proto__', ['environment'], 'constructor', 'unknown-environment', '/environment'],
    ['a release with ..', ['release'], '1..2', 'malformed', '/release'],
    ['a release of 64', ['release'], long, 'malformed', '/release'],
    ['a release with a hyphen first', ['release'], '-1', 'malformed', '/release'],
    ['a URI of 513', ['artifact', 'uri'], 'a'.repeat(513), 'malformed', '/artifact/uri'],
    ['a URI with a space', ['artifact', 'uri'], 'a b', 'malformed', '/artifact/uri'],
    ['a digest of 63', ['artifact', 'digest'], `sha256:${'a'.repeat(63)}`, 'malformed', '/artifact/digest'],
    ['a digest in capitals', ['artifact', 'digest'], `sha256:${'A'.repeat(64)}`, 'malformed', '/artifact/digest'],
    ['another kind of digest', ['artifact', 'digest'], `sha512:${'a'.repeat(64)}`, 'malformed', '/artifact/digest'],
    ['an unknown key', ['shell'], 'true', 'malformed', '/shell'],
    ['an unknown key inside', ['artifact', 'size'], 1, 'malformed', '/artifact/size'],
    ['an unknown parameter', ['parameters'], { color: 'red' }, 'invalid-parameter', '/parameters/color'],
    ['a summary with NUL', ['change', 'summary'], 'a\0b', 'malformed', '/change/summary'],
    ['a summary of 201', ['change', 'summary'], 'a'.repeat(201), 'malformed', '/change/summary'],
    ['an author nobody knows', ['change', 'authors'], ['github:nobody'], 'invalid-parameter', '/change/authors/0'],
    ['an emergency without a ticket', ['change', 'type'], 'emergency', 'malformed', '/change/ticket'],
    ['a standard change nobody approved', ['change', 'type'], 'standard', 'policy-not-met', '/change/type'],
    ['a rehearsal that no environment asks for', ['mode'], 'rehearsal', 'policy-not-met', '/mode'],
    ['a mode that is none', ['mode'], 'dry-run', 'malformed', '/mode'],
    ['superseding', ['change', 'supersedes'], 'x', 'not-available-yet', '/change/supersedes'],
    [
      'documents of no repository',
      ['procedure', 'documents'],
      [{ repository: 'a', path: 'b' }],
      'invalid-procedure',
      '/procedure/documents/0/repository',
    ],
    ['another procedure', ['procedure'], 'nowhere', 'unknown-procedure', '/procedure'],
    ['a procedure from outside', ['procedure'], '../../etc', 'malformed', '/procedure'],
    ['files of an inline procedure', ['procedure', 'files'], ['a'], 'invalid-procedure', '/procedure/files'],
    ['no steps', ['procedure', 'steps'], [], 'invalid-procedure', '/procedure/steps'],
    ['three slots', ['procedure', 'slots'], { a: {}, b: {}, c: {} }, 'invalid-procedure', '/procedure/slots'],
    ['no health checks', ['procedure', 'health'], [], 'invalid-procedure', '/procedure/health'],
    [
      'a group that is missing',
      ['procedure', 'validation', 'features'],
      undefined,
      'invalid-procedure',
      '/procedure/validation/features',
    ],
    [
      'no smoke test',
      ['procedure', 'validation', 'smoke'],
      { none: 'no' },
      'invalid-procedure',
      '/procedure/validation/smoke',
    ],
    ['no rollback checks', ['procedure', 'rollback', 'verify'], [], 'invalid-procedure', '/procedure/rollback/verify'],
    ['a step without undo', step(0, 'undo'), undefined, 'invalid-procedure', '/procedure/steps/0/undo'],
    ['a step without verify', step(0, 'verify'), undefined, 'invalid-procedure', '/procedure/steps/0/verify'],
    ['a step that does two things', step(0, 'hold'), '1s', 'invalid-procedure', '/procedure/steps/0'],
    ['two actions in one', step(0, 'do', 'command'), ['ls'], 'invalid-procedure', '/procedure/steps/0/do'],
    ['an action of no kind', step(0, 'do'), { shell: 'ls' }, 'invalid-procedure', '/procedure/steps/0/do'],
    ['a step named twice', step(1, 'id'), 'start-idle', 'invalid-procedure', '/procedure/steps/1/id'],
    ['an argv with NUL', step(0, 'do'), { command: ['a\0b'] }, 'invalid-procedure', '/procedure/steps/0/do/command/0'],
    ['an empty argv', step(0, 'do'), { command: [] }, 'invalid-procedure', '/procedure/steps/0/do/command'],
    [
      'an argv of 101',
      step(0, 'do'),
      { command: Array.from({ length: 101 }, () => 'a') },
      'invalid-procedure',
      '/procedure/steps/0/do/command',
    ],
    ['no attempts', step(0, 'retry'), { attempts: 0 }, 'invalid-procedure', '/procedure/steps/0/retry/attempts'],
    [
      'a reference to nothing',
      step(0, 'do', 'http'),
      'http://127.0.0.1/${nothing}',
      'unknown-reference',
      '/procedure/steps/0/do/http',
    ],
    [
      'a reference to no parameter',
      step(0, 'title'),
      '${parameters.color}',
      'unknown-reference',
      '/procedure/steps/0/title',
    ],
    [
      'a reference to a prototype',
      step(0, 'do', 'http'),
      'http://127.0.0.1/${parameters.__proto__}',
      'unknown-reference',
      '/procedure/steps/0/do/http',
    ],
    [
      'a secret in a URL',
      step(0, 'do', 'http'),
      'http://127.0.0.1/${secret:key}',
      'unknown-reference',
      '/procedure/steps/0/do/http',
    ],
    [
      'a secret in a body',
      step(0, 'do', 'body'),
      { headers: { a: '${secret:key}' } },
      'unknown-reference',
      '/procedure/steps/0/do/body/headers/a',
    ],
    [
      'a secret in argv',
      step(0, 'do'),
      { command: ['a', '${secret:key}'] },
      'unknown-reference',
      '/procedure/steps/0/do/command/1',
    ],
    [
      'a metadata service',
      [...checkAt, 'http'],
      'http://169.254.169.254/',
      'address-refused',
      '/procedure/validation/smoke/0/http',
    ],
    [
      'a URL with a password',
      [...checkAt, 'http'],
      'http://a:b@127.0.0.1/',
      'invalid-procedure',
      '/procedure/validation/smoke/0/http',
    ],
    [
      'another scheme',
      [...checkAt, 'http'],
      'file:///etc/passwd',
      'invalid-procedure',
      '/procedure/validation/smoke/0/http',
    ],
    ['a status that is none', [...checkAt, 'status'], 700, 'invalid-procedure', '/procedure/validation/smoke/0/status'],
    ['a check without an id', [...checkAt, 'id'], undefined, 'invalid-procedure', '/procedure/validation/smoke/0/id'],
    [
      'a pause on an inconclusive check',
      [...checkAt, 'onInconclusive'],
      'pause',
      'not-available-yet',
      '/procedure/validation/smoke/0/onInconclusive',
    ],
    [
      'a duration of 0',
      ['procedure', 'monitoring', 'period'],
      '0s',
      'invalid-procedure',
      '/procedure/monitoring/period',
    ],
    [
      'a duration of 100 years',
      ['procedure', 'monitoring', 'period'],
      '36500d',
      'invalid-procedure',
      '/procedure/monitoring/period',
    ],
    [
      'a unit that is none',
      ['procedure', 'monitoring', 'period'],
      '100y',
      'invalid-procedure',
      '/procedure/monitoring/period',
    ],
    ['a fraction', ['procedure', 'monitoring', 'period'], '1.5s', 'invalid-procedure', '/procedure/monitoring/period'],
    [
      'a negative duration',
      ['procedure', 'monitoring', 'period'],
      '-1s',
      'invalid-procedure',
      '/procedure/monitoring/period',
    ],
    [
      'less monitoring than policy asks',
      ['procedure', 'monitoring', 'period'],
      '500ms',
      'policy-not-met',
      '/procedure/monitoring/period',
    ],
    [
      'more monitoring than its limit',
      ['procedure', 'monitoring', 'period'],
      '8d',
      'limit-exceeded',
      '/procedure/monitoring/period',
    ],
  ])('is refused with %s', async (_what, path, value, code, pointer) => {
    for (const route of ['/v1/deployments', '/v1/plans'])
      expect(await send(withMember(path, value), route)).toMatchObject({ code, pointer });
  });

  it('is refused when the artifact is not bound by an action', async () => {
    const body = withMember(['procedure', 'steps'], [steps.switch(world)]);
    expect(await send(body)).toEqual({ status: 422, code: 'artifact-unbound', pointer: '/procedure/steps' });
  });

  it('is refused where the live slot is none of its own, even if it speaks of the idle one alone', async () => {
    const start = { ...steps.startByHttp(world), undo: { none: 'x' } };
    const rollback = { verify: [{ id: 'previous', http: `${world.url}/version` }] };
    for (const service of ['slotless', 'strange'])
      for (const options of [{}, { steps: [start], procedure: { rollback } }]) {
        const body = changeOf(world, { service, ...options });
        const answer = await rig.call<Document>('key:alice', 'POST', '/v1/deployments', body, {
          'idempotency-key': 'slots',
        });
        expect(answer).toMatchObject({ status: 422, body: { code: 'no-live-release' } });
        expect(answer.body['detail']).toMatch(/in slot blue or green \(POST \/v1\/targets\/.*\/adopt\)/);
        const { gates } = (await rig.call<{ gates: Document[] }>('key:alice', 'POST', '/v1/plans', body)).body;
        expect(gates).toContainEqual(expect.objectContaining({ gate: 'live-release', state: 'blocked' }));
      }
  });

  it('is refused with 101 steps, and with a plan of more than 96 KiB', async () => {
    const hold = (_: unknown, i: number) => steps.hold('1s', `hold-${i}`);
    const many = Array.from({ length: 100 }, hold);
    const start = steps.startByHttp(world);
    expect(await send(withMember(['procedure', 'steps'], [start, ...many]))).toMatchObject({
      code: 'invalid-procedure',
      pointer: '/procedure/steps',
    });
    const fat = (_: unknown, i: number) => ({
      ...start,
      id: `fat-${i}`,
      title: 'x'.repeat(200),
      do: { ...(start['do'] as object), headers: { a: 'x'.repeat(2_000) } },
    });
    expect(await send(withMember(['procedure', 'steps'], Array.from({ length: 45 }, fat)))).toEqual({
      status: 422,
      code: 'plan-too-large',
      pointer: '/procedure',
    });
  });

  it('needs an Idempotency-Key that is one', async () => {
    const answer = await rig.call('key:alice', 'POST', '/v1/deployments', good());
    expect(answer).toMatchObject({ status: 400, body: { code: 'idempotency-key-missing' } });
    for (const key of ['a b', 'x'.repeat(201)])
      expect((await send(good(), '/v1/deployments', { 'idempotency-key': key })).code).toBe('idempotency-key-missing');
  });

  it('names every fault at once', async () => {
    const body = { ...good(), service: 'A', release: '', artifact: { uri: ' ', digest: 'x' } };
    const answer = await rig.call<{ issues: { pointer: string }[] }>('key:alice', 'POST', '/v1/plans', body);
    expect(answer.body.issues.map(({ pointer }) => pointer)).toEqual([
      '/service',
      '/release',
      '/artifact/uri',
      '/artifact/digest',
    ]);
  });
});

describe('other bodies', () => {
  it('are as strict', async () => {
    const cases: readonly (readonly [string, unknown, string])[] = [
      ['/v1/evidence', { evidence: [] }, 'invalid-evidence'],
      ['/v1/evidence', { evidence: [{ envelope: {} }] }, 'invalid-evidence'],
      ['/v1/evidence', { evidence: [{ statement: {}, envelope: {} }] }, 'invalid-evidence'],
      ['/v1/evidence', { evidence: [{}] }, 'invalid-evidence'],
      ['/v1/evidence', { statement: {} }, 'invalid-evidence'],
      ['/v1/targets/shop/production/adopt', { release: '1' }, 'forbidden'],
      ['/v1/deployments/shop.production.99/approve', { planDigest: 'x' }, 'malformed'],
      ['/v1/deployments/shop.production.99/abort', { by: 'key:bob' }, 'malformed'],
      ['/v1/deployments/shop.production.99/note', { severity: 'huge', statement: 'x' }, 'malformed'],
      ['/v1/deployments/shop.production.99/abort', {}, 'not-found'],
      ['/v1/deployments/..%2f..%2fetc/abort', {}, 'not-found'],
      ['/v1/deployments/shop%00/abort', {}, 'malformed'],
      ['/v1/freezes', {}, 'forbidden'],
      ['/v1/nothing', {}, 'not-found'],
    ];
    for (const [path, body, code] of cases) expect({ path, ...(await send(body, path)) }).toMatchObject({ path, code });
  });

  it('of queries, too', async () => {
    for (const query of [
      'limit=0',
      'limit=201',
      'limit=x',
      'phase=flying',
      'cursor=%00',
      'service=A',
      'unknown=1',
      'wait=1',
    ])
      expect(await rig.call('key:alice', 'GET', `/v1/deployments?${query}`)).toMatchObject({
        status: 400,
        body: { code: 'malformed' },
      });
    for (const [path, pointer] of [
      ['shop.production.1?wait=61s', '/wait'],
      ['shop.production.1?seq=3000000000', '/seq'],
      ['shop.production.1/journal?after=3000000000', '/after'],
      ['shop.production.1/journal?after=-1', '/after'],
      ...['', '/journal', '/plan', '/record'].map((part) => [`shop%00${part}`, '/id']),
    ])
      expect(await rig.call('key:alice', 'GET', `/v1/deployments/${path}`)).toMatchObject({
        status: 400,
        body: { code: 'malformed', pointer },
      });
    expect(await rig.call('key:alice', 'GET', '/v1/evidence?digest=x')).toMatchObject({ status: 400 });
    for (const id of ['x', 'shop.production.0', 'shop.production.1e3', 'shop.production', '__proto__', 'a'.repeat(300)])
      expect(await rig.call('key:alice', 'GET', `/v1/deployments/${id}`)).toMatchObject({
        body: { code: expect.stringMatching(/^(malformed|not-found)$/) },
      });
  });
});

it('has started and stored nothing by all that', async () => {
  expect(await traces()).toBe(before);
});
