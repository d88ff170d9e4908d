import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ErrorCode, errorTable } from '../../src/domain/base/error-codes.ts';
import { toPointer } from '../../src/domain/base/refuse.ts';
import { changeOf, steps } from '../support/change.ts';
import { rules, testPolicy } from '../support/policy.ts';
import { query } from '../support/postgres.ts';
import { type Rig, startRig } from '../support/rig.ts';
import type { World } from '../support/world.ts';

// Every member of a request by itself: taken away, emptied, of another type, beside one that nobody knows. All of it is
// sent to the preview and to the real door, and in the end the tables are counted.

type Path = readonly (string | number)[];
type Document = Record<string, unknown>;
interface Refusal {
  readonly status: number;
  readonly code: ErrorCode;
  readonly pointer: string;
}

let rig: Rig;
let world: World;
beforeAll(async () => {
  const locked = { ...rules, procedures: { inline: false } };
  rig = await startRig({ policy: { ...testPolicy, environments: { ...testPolicy.environments, locked } } });
  world = await rig.world('shop');
  await rig.submitEvidence('1.4.2');
});
afterAll(() => rig.close());

let keys = 0;
/** What one route says to a body; null when it takes it. */
async function ask(body: unknown, path = '/v1/plans', as = 'key:alice'): Promise<Refusal | null> {
  keys += 1;
  const answer = await rig.call<Document>(as, 'POST', path, body, { 'idempotency-key': `contract-${keys}` });
  if (answer.status < 400) return null;
  const { status, code, pointer = '', type, title, detail } = answer.body;
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect({ status, type, title }).toEqual({
    status: answer.status,
    type: `https://gantry.invalid/errors#${String(code)}`,
    title: errorTable[code as ErrorCode].title,
  });
  expect(errorTable[code as ErrorCode].status).toBe(answer.status);
  expect(String(detail)).not.toMatch(/^$|\bat .*\.ts:\d/);
  return { status: answer.status, code: code as ErrorCode, pointer: String(pointer) };
}
/** What both doors say to a body that the preview refuses; the real one is not tried with one that it would take. */
async function refusal(body: unknown): Promise<Refusal | null> {
  const previewed = await ask(body);
  if (!previewed) return null;
  expect(await ask(body, '/v1/deployments')).toEqual(previewed);
  return previewed;
}

/** A request that says everything there is to say. */
function everything(): Document {
  const start = steps.startByHttp(world);
  const sampling = { timeout: '1s', within: '2s', interval: '100ms' };
  return {
    ...changeOf(world, {
      steps: [
        {
          ...start,
          do: { ...(start['do'] as object), status: [200, 201], headers: { 'x-color': '${parameters.color}' } },
          undo: { ...(start['undo'] as object), timeout: '5s', attempts: 2 },
          verify: [
            { id: 'idle', http: `${world.url}/`, json: { '/digest': '${artifact.digest}' }, ...sampling },
            { id: 'twice', http: `${world.url}/`, count: 2, failureLimit: 0 },
          ],
          retry: { attempts: 2, backoff: '1s', idempotent: true },
        },
        { id: 'tell', title: 'Tell', do: { command: ['true'], env: { A: 'b' } }, revertible: false, reason: 'said' },
        {
          id: 'look',
          title: 'Look',
          manual: { instructions: 'Look', role: 'support', within: '1m' },
          undo: { none: 'x' },
        },
        steps.gate('1m'),
        steps.hold('${parameters.hold}'),
      ].map((step) => (step.id === 'tell' ? { ...step, verify: { none: 'nothing to see' } } : step)),
      procedure: {
        parameters: {
          color: { type: 'string', default: 'red', options: ['red', 'blue'] },
          hold: { type: 'duration', default: '1s', minimum: '1s', maximum: '5s' },
          size: { type: 'integer', default: 2, minimum: 1, maximum: 3 },
        },
        files: [],
        monitoring: { period: '1s', handoff: { role: 'support', within: '1h' } },
      },
      change: {
        risk: 'low',
        impact: 'None',
        ticket: 'OPS-1',
        authors: ['github:alice'],
        onBehalfOf: 'key:alice',
        initial: false,
      },
    }),
    parameters: { color: 'blue', hold: '2s', size: 3 },
  };
}

function at(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) value = (value as Record<string | number, unknown>)[key];
  return value;
}
/** A copy with one member set, or taken away where `value` is undefined. */
function withMember(path: Path, value: unknown, root: Document = everything()): Document {
  const copy = structuredClone(root);
  const around = at(copy, path.slice(0, -1)) as Record<string | number, unknown>;
  const key = path.at(-1) ?? '';
  if (value !== undefined) around[key] = value;
  else if (Array.isArray(around)) around.splice(Number(key), 1);
  else delete around[key];
  return copy;
}
/** The paths of everything in a value, itself left out. */
function pathsIn(value: unknown, path: Path = []): readonly Path[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    return [here, ...pathsIn(member, here)];
  });
}
/** What the world is sent, what it is expected to say and what a slot says of itself are the procedure's own. */
const isFree = (path: Path) =>
  path.includes('body') || path.includes('json') || (path[1] === 'slots' && path.length > 3);
const hasFreeKeys = (path: Path) => isFree([...path, 'key']) || path.at(-1) === 'headers';
const isAround = (pointer: string, path: Path) =>
  `${toPointer(path)}/`.startsWith(pointer === '' ? '/' : `${pointer}/`);

describe('a request with every member', () => {
  const paths = () => pathsIn(everything()).filter((path) => !isFree(path));
  /** Sends everything with one member changed, for each path. Answers those that are taken; each refusal points at the fault. */
  const takenWith = async (all: readonly Path[], value: unknown) => {
    const taken: string[] = [];
    for (const path of all) {
      const refused = await refusal(withMember(path, value));
      if (refused)
        expect({ path, refused, isAround: isAround(refused.pointer, path) }).toMatchObject({ isAround: true });
      else taken.push(toPointer(path));
    }
    return taken;
  };

  it('is taken as it is', async () => {
    expect(await ask(everything())).toBeNull();
  });

  it('is refused with an unknown member in any place', async () => {
    const objects = [[], ...pathsIn(everything())].filter((path) => {
      const value = at(everything(), path);
      return value !== null && typeof value === 'object' && !Array.isArray(value) && !hasFreeKeys(path);
    });
    expect(objects.length).toBeGreaterThan(30);
    const told = [];
    for (const path of objects) told.push((await refusal(withMember([...path, 'not-known'], 'x')))?.pointer);
    // Beside a `none` there is nothing to tell an unknown key from an action that would never be carried out.
    const wanted = objects.map((path) =>
      toPointer(path.at(-1) === 'undo' && path[2] === 2 ? path : [...path, 'not-known']),
    );
    expect(told).toEqual(wanted);
  });

  it('is refused with null in any place, with a pointer to it', async () => {
    expect(await takenWith(paths(), null)).toEqual([]);
  });

  it('is refused with an empty text in any place but arguments of programs and servers', async () => {
    const texts = paths().filter((path) => typeof at(everything(), path) === 'string');
    expect(await takenWith(texts, '')).toEqual([
      '/procedure/steps/0/do/headers/x-color',
      '/procedure/steps/1/do/env/A',
    ]);
  });

  it('is refused without anything that is needed', async () => {
    const places: string[] = [];
    const spare: string[] = [];
    for (const path of paths()) {
      const refused = await refusal(withMember(path, undefined));
      if (refused) places.push(refused.pointer);
      else if (typeof path.at(-1) === 'string')
        spare.push([path.at(-2), path.at(-1)].filter((part) => typeof part === 'string').join('/'));
    }
    for (const pointer of places) expect(pointer).toMatch(/^\//);
    const optional = `
      change/authors change/impact change/initial change/onBehalfOf change/risk change/ticket
      color/default color/options count do/env do/headers do/method do/status do/timeout done env/A
      failureLimit gate/minimum gate/within headers/x-color hold/default hold/maximum hold/minimum
      interval manual/within monitoring/handoff parameters parameters/color parameters/hold
      parameters/size procedure/files rate retry retry/backoff retry/idempotent rollback/settle size/default size/maximum
      size/minimum timeout undo/attempts undo/method undo/timeout within`;
    expect(new Set(spare)).toEqual(new Set(optional.trim().split(/\s+/)));
  });
});

const stepAt = (i: number, ...path: Path) => ['procedure', 'steps', i, ...path];

describe('a time', () => {
  const places: readonly Path[] = [
    stepAt(0, 'do', 'timeout'),
    stepAt(0, 'undo', 'timeout'),
    stepAt(0, 'verify', 0, 'within'),
    stepAt(0, 'verify', 0, 'interval'),
    stepAt(0, 'retry', 'backoff'),
    stepAt(2, 'manual', 'within'),
    stepAt(3, 'gate', 'within'),
    stepAt(4, 'hold'),
    ['procedure', 'health', 0, 'timeout'],
    ['procedure', 'parameters', 'hold', 'maximum'],
    ['procedure', 'monitoring', 'handoff', 'within'],
    ['parameters', 'hold'],
  ];
  it.each(places.map((path) => [toPointer(path), path] as const))('is bounded: %s', async (_name, path) => {
    for (const wrong of ['0s', '100y', '36500d', '91d', '1.5s', '-1s', '+1s', '1 s', '1S', '1s\n', '9999999999s', 5]) {
      const refused = await refusal(withMember(path, wrong));
      expect({ wrong, refused }).toMatchObject({ wrong, refused: { pointer: toPointer(path) } });
    }
  });
});

describe('a parameter', () => {
  const withText = (color: unknown) => {
    const body = withMember(['parameters', 'color'], color);
    return withMember(['procedure', 'parameters', 'color', 'options'], undefined, body);
  };

  it.each<readonly [string, unknown]>([
    ['that looks like an option', '-rf'],
    ['of 257 characters', 'a'.repeat(257)],
    ['with a line end', 'a\n'],
    ['with a space', 'a b'],
    ['with a reference', '${release}'],
    ['that climbs', '../x'],
    ['that is empty', ''],
    ['that is a fraction', 1.5],
    ['that is a list', ['a']],
    ['that is true', true],
  ])('%s is refused', async (_name, value) => {
    const refused = await refusal(withText(value));
    expect(refused).toEqual({ status: 400, code: 'malformed', pointer: '/parameters/color' });
  });

  it('of 256 characters is taken', async () => expect(await ask(withText('a'.repeat(256)))).toBeNull());

  it.each<readonly [string, Path, unknown]>([
    ['no option', ['parameters', 'color'], 'green'],
    ['too small', ['parameters', 'size'], 0],
    ['too large', ['parameters', 'size'], 4],
    ['another type', ['parameters', 'size'], 'two'],
    ['too long', ['parameters', 'hold'], '6s'],
    ['unknown', ['parameters', 'constructor'], 'x'],
  ])('that is %s is refused', async (_name, path, value) => {
    const refused = await refusal(withMember(path, value));
    expect(refused).toEqual({ status: 422, code: 'invalid-parameter', pointer: toPointer(path) });
  });

  it('named __proto__ is refused', async () => {
    const text = JSON.stringify(everything()).replace('"size":3', '"__proto__":"x"');
    expect(await refusal(text)).toEqual({ status: 400, code: 'malformed', pointer: '/parameters/__proto__' });
  });
});

describe('a URL', () => {
  const places: readonly Path[] = [
    stepAt(0, 'do', 'http'),
    stepAt(0, 'undo', 'http'),
    stepAt(0, 'done', 'http'),
    stepAt(0, 'verify', 0, 'http'),
    ['procedure', 'health', 0, 'availability'],
    ['procedure', 'rollback', 'verify', 0, 'http'],
  ];
  it.each(places.map((path) => [toPointer(path), path] as const))(
    'is http, open and no metadata: %s',
    async (_name, path) => {
      for (const [url, code] of [
        ['http://169.254.169.254/latest', 'address-refused'],
        ['http://[::ffff:169.254.169.254]/', 'address-refused'],
        ['http://2852039166/', 'address-refused'],
        ['http://[fe80::1]/', 'address-refused'],
        ['http://0.0.0.0/', 'address-refused'],
        ['http://a:b@127.0.0.1/', 'invalid-procedure'],
        ['ftp://127.0.0.1/', 'invalid-procedure'],
        ['//127.0.0.1/', 'invalid-procedure'],
        [' http://127.0.0.1/', 'invalid-procedure'],
        ['http://', 'invalid-procedure'],
      ]) {
        const refused = await refusal(withMember(path, url));
        expect({ url, refused }).toEqual({ url, refused: { status: 422, code, pointer: toPointer(path) } });
      }
    },
  );

  it.each(['blue', 'green'])('that only slot %s has is evaluated too', async (slot) => {
    const body = withMember(stepAt(0, 'verify', 0, 'http'), '${slot.idle.url}/health');
    expect(await ask(body)).toBeNull();
    const refused = await refusal(withMember(['procedure', 'slots', slot, 'url'], 'ftp://127.0.0.1', body));
    expect(refused).toEqual({ status: 422, code: 'invalid-procedure', pointer: '/procedure/steps/0/verify/0/http' });
  });
});

describe('a procedure', () => {
  const second = { id: 'idle', http: 'http://127.0.0.1/' };
  it.each<readonly [string, Path, unknown, ErrorCode, string]>([
    ['two checks of one id', stepAt(0, 'verify', 1), second, 'invalid-procedure', '/procedure/steps/0/verify/1/id'],
    [
      'an undo that does and does not',
      stepAt(2, 'undo', 'http'),
      'http://127.0.0.1/',
      'invalid-procedure',
      '/procedure/steps/2/undo',
    ],
    ['an empty reason', stepAt(2, 'undo'), { none: '' }, 'invalid-procedure', '/procedure/steps/2/undo'],
    [
      'a reference to __proto__',
      stepAt(1, 'do', 'env', 'A'),
      '${__proto__}',
      'unknown-reference',
      '/procedure/steps/1/do/env/A',
    ],
    [
      'a reference that does not end',
      stepAt(1, 'do', 'env', 'A'),
      '${release',
      'unknown-reference',
      '/procedure/steps/1/do/env/A',
    ],
    ['an expression', stepAt(1, 'do', 'env', 'A'), '${1+1}', 'unknown-reference', '/procedure/steps/1/do/env/A'],
    ['a hold of the lock', stepAt(4, 'hold'), '${live.release}', 'unknown-reference', '/procedure/steps/4/hold'],
    [
      'configuration that is no list',
      ['procedure', 'configuration'],
      {},
      'invalid-procedure',
      '/procedure/configuration',
    ],
  ])('with %s is refused', async (_name, path, value, code, pointer) => {
    expect(await refusal(withMember(path, value))).toEqual({ status: 422, code, pointer });
  });

  it.each(['procedure.steps.0.do.body.release', 'procedure.slots.blue.url', 'change.reason', 'service'])(
    'with half a character is refused: %s',
    async (path) => {
      const parts = path.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
      expect(await refusal(withMember(parts, 'a\ud800'))).toMatchObject({ pointer: toPointer(parts) });
      const text = JSON.stringify(everything()).replace('"release":"${release}"', '"\\udc00":1');
      expect(await refusal(text)).toMatchObject({ code: 'invalid-procedure', pointer: '/procedure/steps/0/do/body' });
    },
  );

  it('is named, and there, where policy takes no documents', async () => {
    const locked = withMember(['environment'], 'locked');
    expect(await refusal(locked)).toEqual({ status: 422, code: 'inline-procedure-refused', pointer: '/procedure' });
    for (const name of ['nowhere', 'constructor'])
      expect(await refusal({ ...locked, procedure: name })).toEqual({
        status: 422,
        code: 'unknown-procedure',
        pointer: '/procedure',
      });
  });
});

describe('a target that was never used', () => {
  it('is not started by a request that speaks of a live release', async () => {
    const body = { ...changeOf(world), service: 'unused' };
    expect(await ask(body, '/v1/deployments')).toEqual({ status: 422, code: 'no-live-release', pointer: '/procedure' });
    const previewed = await rig.call<{ gates: Document[] }>('key:alice', 'POST', '/v1/plans', body);
    expect(previewed.body.gates.find(({ gate }) => gate === 'live-release')).toMatchObject({ state: 'blocked' });
  });

  it('has nothing to resolve', async () => {
    const body = { deployment: 'unused.production.1', decision: 'compensate', reason: 'x' };
    const path = '/v1/targets/unused/production/resolve';
    expect(await ask(body, path, 'key:carol')).toEqual({ status: 404, code: 'not-found', pointer: '' });
    expect((await rig.call('key:alice', 'GET', '/v1/targets/unused/production')).status).toBe(404);
  });
});

describe('an Idempotency-Key', () => {
  it.each(['', ' ', 'a b', 'ä', 'x'.repeat(201), 'a,\tb'])('is not %j', async (key) => {
    const answer = await rig.call('key:alice', 'POST', '/v1/deployments', changeOf(world), { 'idempotency-key': key });
    expect(answer).toMatchObject({ status: 400, body: { code: 'idempotency-key-missing' } });
  });
});

describe('what is no request', () => {
  /** Sends bytes as they are; answers status line and body. */
  const raw = (text: string) =>
    new Promise<{ readonly line: string; readonly body: Document }>((resolve, reject) => {
      const socket = connect(Number(new URL(rig.url).port), '127.0.0.1', () => socket.write(text));
      let said = '';
      socket.on('data', (chunk) => {
        said += chunk.toString();
      });
      socket.on('error', reject);
      socket.on('close', () => {
        const [head = '', body = ''] = said.split('\r\n\r\n');
        for (const header of [
          'content-type: application/problem+json',
          'cache-control: no-store',
          'x-content-type-options: nosniff',
        ])
          expect(head.toLowerCase()).toContain(header);
        resolve({ line: head.split('\r\n')[0] ?? '', body: JSON.parse(body) as Document });
      });
    });

  it.each([
    ['hello\r\n\r\n', '400 Bad Request', 'malformed'],
    [
      `GET / HTTP/1.1\r\nHost: x\r\nIdempotency-Key: ${'a'.repeat(20_000)}\r\n\r\n`,
      '413 Payload Too Large',
      'too-large',
    ],
    ['GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', '400 Bad Request', 'malformed'],
    [
      `GET /v1/deployments/${'a'.repeat(301)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      '400 Bad Request',
      'malformed',
    ],
  ])('is a problem as well', async (text, status, code) => {
    const { line, body } = await raw(text);
    expect({ line, body }).toMatchObject({ line: `HTTP/1.1 ${status}`, body: { code } });
  });
});

describe('a policy', () => {
  const ready = async () => (await (await fetch(`${rig.url}/readyz`)).json()) as Document;

  it('that becomes invalid is not used: requests are refused, what runs keeps the last valid one, and /readyz reports why and since when', async () => {
    const before = await ready();
    expect(before).toMatchObject({ status: 'ready', policy: { digest: expect.any(String), fault: null } });
    const timeZoneData = { version: process.versions['tz'], isOld: expect.any(Boolean) };
    expect(before).toMatchObject({ timeZoneData });
    const broken = { ...rules, monitoring: {} };
    const dave = { ...testPolicy.people[0], subject: 'key:dave', name: 'Dave', aliases: [] };
    await rig.writePolicy({
      ...testPolicy,
      people: [...testPolicy.people, dave],
      environments: { production: broken },
    });
    expect(await refusal(everything())).toMatchObject({ status: 422, code: 'invalid-policy', pointer: '' });
    expect(await ready()).toEqual({
      status: 'ready',
      policy: {
        digest: (before['policy'] as Document)['digest'],
        fault: {
          code: 'invalid-policy',
          message: expect.stringMatching(/^\/environments\/production\/monitoring\/minimum: /),
          since: expect.stringMatching(/Z$/),
        },
      },
      store: { fault: null },
      timeZoneData,
    });
    await rig.writePolicy(testPolicy);
    expect(await ask(everything())).toBeNull();
    expect(await ready()).toMatchObject({ status: 'ready', policy: { fault: null } });
  });

  it('that is valid again counts at once: people whom it does not name any more are refused', async () => {
    await rig.writePolicy({ ...testPolicy, people: testPolicy.people.filter(({ subject }) => subject !== 'key:dan') });
    expect((await rig.call('key:dan', 'GET', '/v1/deployments')).status).toBe(403);
    await rig.writePolicy(testPolicy);
    expect((await rig.call('key:dan', 'GET', '/v1/deployments')).status).toBe(200);
  });
});

it('has started and stored nothing by all that, and is not ready once the store is gone', async () => {
  const executions: string[] = [];
  for await (const { workflowId } of rig.client.workflow.list()) executions.push(workflowId);
  expect(executions).toEqual(['target/shop/production']);
  for (const id of ['deployment/shop/production/1', 'target/unused/production', 'deployment/unused/production/1'])
    await expect(rig.client.workflow.getHandle(id).describe()).rejects.toThrow(/not found/i);

  await rig.store.close();
  const ready = await fetch(`${rig.url}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ code: 'not-ready', detail: expect.stringContaining('the store') });
  expect((await fetch(`${rig.url}/healthz`)).status).toBe(200);

  const tables = ['evidence', 'plans', 'idempotency', 'deployments', 'journal', 'targets', 'records', 'outputs'];
  const counts: Record<string, unknown> = {};
  for (const table of tables)
    counts[table] = (await query(rig.storeAddress, `select count(*)::int as n from ${table}`))[0]?.['n'];
  const none = Object.fromEntries(tables.map((table) => [table, 0]));
  // The key is that of the adoption.
  expect(counts).toEqual({ ...none, evidence: 5, targets: 1, idempotency: 1 });
});
