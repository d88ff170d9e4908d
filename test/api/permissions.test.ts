import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/api/app.ts';
import type { ApiDeps } from '../../src/api/deps.ts';
import type { AccessRule } from '../../src/api/identity/access.ts';
import { newKey } from '../../src/api/identity/make-and-match-keys.ts';
import { type ErrorCode, errorTable } from '../../src/domain/base/error-codes.ts';
import { policySchema } from '../../src/domain/policy/policy.ts';
import type { Recovery } from '../../src/domain/target/recovery.ts';
import { type Scope, type StoredKey, scopes } from '../../src/domain/trust/api-keys.ts';
import { type KeyServer, startKeyServer } from '../support/key-server.ts';
import { testPolicy } from '../support/policy.ts';

// Every route with its rule, by hand: a new route, or a rule that changes, has to be written here and in docs/identity.md.
const table = {
  'GET /': 'public',
  'GET /healthz': 'public',
  'GET /readyz': 'public',
  'GET /cli.tgz': 'public',
  'GET /login': 'public',
  'GET /login/callback': 'public',
  'POST /logout': 'session',
  'GET /docs/': 'public',
  'GET /docs/json': 'public',
  'GET /docs/yaml': 'public',
  'GET /docs/static/*': 'public',
  'HEAD /docs/static/*': 'public',
  'GET /docs/static/index.html': 'public',
  'GET /docs/static/swagger-initializer.js': 'public',
  'GET /openapi.json': 'public',
  'GET /metrics': 'read',
  'POST /v1/deployments': 'may request',
  'POST /v1/plans': 'may request',
  'GET /v1/deployments': 'read',
  'GET /v1/deployments/:id': 'read',
  'GET /v1/deployments/:id/journal': 'read',
  'GET /v1/deployments/:id/plan': 'read',
  'GET /v1/deployments/:id/record': 'read',
  'GET /v1/deployments/:id/events': 'read',
  'GET /v1/deployments/:id/refused': 'read',
  'GET /v1/deployments/:id/health': 'read',
  'GET /v1/pages/:token': 'public',
  'POST /v1/pages/:token': 'public',
  'POST /v1/deployments/:id/approve': 'message approve',
  'POST /v1/deployments/:id/reject': 'message reject',
  'POST /v1/deployments/:id/withdraw': 'message withdraw',
  'POST /v1/deployments/:id/abort': 'message abort',
  'POST /v1/deployments/:id/pause': 'message pause',
  'POST /v1/deployments/:id/resume': 'message resume',
  'POST /v1/deployments/:id/acknowledge': 'message acknowledge',
  'POST /v1/deployments/:id/complete-step': 'message complete-step',
  'POST /v1/deployments/:id/note': 'message note',
  'POST /v1/evidence': 'may submit-evidence',
  'GET /v1/evidence': 'read',
  'GET /v1/targets': 'read',
  'GET /v1/targets/:service/:environment': 'read',
  'POST /v1/targets/:service/:environment/adopt': 'operator',
  'POST /v1/targets/:service/:environment/resolve': 'operator',
  'POST /v1/targets/:service/:environment/review': 'operator',
  'GET /v1/freezes': 'read',
  'GET /v1/freezes/:id': 'read',
  'POST /v1/freezes': 'freeze',
  'DELETE /v1/freezes/:id': 'freeze',
  'GET /v1/alerts': 'read',
  'GET /v1/caller': 'read',
  'GET /v1/policy': 'read',
  'GET /v1/procedures': 'read',
  'GET /v1/procedures/:name': 'read',
  'GET /v1/keys': 'read',
  'GET /v1/identity-provider': 'public',
  'GET /v1/records': 'read',
  'GET /v1/records/verification': 'read',
} as const;
type Route = keyof typeof table;
const routes = Object.keys(table) as Route[];
const ruleOf = (route: Route): string => table[route];

function textOf(rule: AccessRule | undefined): string {
  if (rule?.kind === 'may') return `may ${rule.what}`;
  return rule?.kind === 'message' ? `message ${rule.name}` : (rule?.kind ?? 'none');
}

const publicUrl = 'http://127.0.0.1:8080';
const policy = policySchema.parse({
  ...testPolicy,
  // Nora owns another service than the one that is asked about, and has no other role.
  people: [...testPolicy.people, { subject: 'key:nora', name: 'Nora Own', roles: ['service-owner'] }],
  services: { shop: { owners: ['key:bob', 'key:olga'] }, other: { owners: ['key:nora'] } },
  robots: [...testPolicy.robots, { subject: 'key:idle', name: 'A robot that may nothing', may: [] }],
});

let provider: KeyServer;
let app: FastifyInstance;
/** What the store and Temporal were asked, but for looking a key up. */
const calls: string[] = [];
const keys = new Map<string, StoredKey>();
let recovery: Recovery | null = null;

/** Answers whatever is asked with nothing, and remembers it. */
function spy(name: string, real: Record<string, unknown> = {}): unknown {
  return new Proxy(real, {
    get: (_, method) =>
      real[String(method)] ??
      (async () => {
        calls.push(`${name}.${String(method)}`);
        return null;
      }),
  });
}
/** A key in the store; as it is made unless told otherwise. */
function keyOf(subject: string, more: Partial<StoredKey> = {}): string {
  const { text, key } = newKey({ subject, kind: 'key', scopes: null, expiresAt: null }, Date.now());
  keys.set(key.id, { ...key, ...more });
  return text;
}

beforeAll(async () => {
  provider = await startKeyServer();
  const { issuer } = provider;
  const deps: unknown = {
    store: spy('store', {
      key: async (id: string) => keys.get(id) ?? null,
      recovery: async () => recovery,
      // What was refused is counted behind the answers, now and then, for all of them.
      countRefusedMessages: async () => undefined,
    }),
    gateway: spy('gateway'),
    catalog: { actions: new Map(), checks: new Map() },
    policy: { read: async () => ({ policy: withProviders(issuer), digest: 'sha256:0' }) },
    procedures: { find: async () => null },
    signingKeys: null,
    now: Date.now,
    oidc: {
      issuer,
      audience: 'gantry',
      algorithms: ['ES256', 'RS256'],
      login: { clientId: 'gantry-page', clientSecret: null, publicUrl },
    },
  };
  app = await buildApp(deps as ApiDeps);
});
afterAll(async () => {
  await app.close();
  await provider.close();
});

/** Bob also comes by the provider. */
function withProviders(issuer: string): typeof policy {
  const people = policy.people.map((person) =>
    person.subject === 'key:bob' ? { ...person, aliases: [`oidc:${issuer}|bob`] } : person,
  );
  return { ...policy, people };
}

type Headers = Record<string, string>;
const bearer = (text: string): Headers => ({ authorization: `Bearer ${text}` });
const inPast = () => new Date(Date.now() - 1).toISOString();
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

async function ask(route: Route, headers: Headers) {
  const [method = '', path = ''] = route.split(' ');
  const url = path
    .replace(':id', 'shop.production.1')
    .replace(':service', 'shop')
    .replace(':environment', 'production')
    .replace('*', 'x.js');
  calls.length = 0;
  return app.inject({ method: method as 'GET', url, headers });
}

/** What a stranger sends; each is refused on every route that is not public. */
const strangers: Readonly<Record<string, () => Headers | Promise<Headers>>> = {
  'no token': () => ({}),
  'a malformed key': () => bearer(`${keyOf('key:carol')}x`),
  'a malformed JWT': () => bearer('eyJhbGciOiJFUzI1NiJ9.e30.AAAA'),
  'another scheme': () => ({ authorization: 'Basic Y2Fyb2w6Y2Fyb2w=' }),
  'an unknown key': () => {
    const text = keyOf('key:carol');
    keys.delete(text.slice(4, 20));
    return bearer(text);
  },
  'the secret of another key': () => bearer(keyOf('key:carol').slice(0, 21) + keyOf('key:carol').slice(21)),
  'an expired key': () => bearer(keyOf('key:carol', { expiresAt: inPast() })),
  'a revoked key': () => bearer(keyOf('key:carol', { revokedAt: inPast() })),
  'an expired JWT': async () => bearer(await provider.sign({ sub: 'bob', exp: Math.floor(Date.now() / 1_000) - 31 })),
  'a JWT without an end': async () => bearer(await provider.sign({ sub: 'bob', exp: undefined as never })),
  'a JWT for another audience': async () => bearer(await provider.sign({ sub: 'bob', aud: 'another' })),
  'a JWT of another issuer': async () => bearer(await provider.sign({ sub: 'bob', iss: 'https://idp.example' })),
  'a JWT without a signature (alg: none)': async () => {
    const [, payload] = (await provider.sign({ sub: 'bob' })).split('.');
    return bearer(`${encoded({ alg: 'none' })}.${payload}.`);
  },
  'a JWT signed with the public key (HS256)': async () => {
    const [, payload] = (await provider.sign({ sub: 'bob' })).split('.');
    const text = `${encoded({ alg: 'HS256', kid: 'key-1' })}.${payload}`;
    return bearer(`${text}.${createHmac('sha256', provider.publicPem).update(text).digest('base64url')}`);
  },
  'a logout token': async () => bearer(await provider.sign({ sub: 'bob' }, { typ: 'logout+jwt' })),
  'a session as bearer': () => bearer(keyOf('key:carol', { kind: 'session' })),
  'a key as cookie': () => ({ cookie: `gantry_session=${keyOf('key:carol')}`, origin: publicUrl }),
  'a revoked session': () => ({
    cookie: `gantry_session=${keyOf('key:carol', { kind: 'session', revokedAt: inPast() })}`,
    origin: publicUrl,
  }),
};

/** The rules that each of these is no match for. Where a rule is missing, the comment says why the cell does not apply. */
const insiders: Readonly<
  Record<
    string,
    { readonly headers: () => Headers | Promise<Headers>; readonly refused: RegExp; readonly code: ErrorCode }
  >
> = {
  // `read` and `may` ask no person for a role. `message`: the rule, gate or step names the role, so of whoever has some
  // role only the workflow can tell, by the plan that it froze; test/workflow and test/unit/domain/deployment/decisions.test.ts show
  // that it does.
  'a person without the role': {
    headers: () => bearer(keyOf('key:alice')),
    refused: /^(operator|freeze)$/,
    code: 'forbidden',
  },
  'a person without any role for the service': {
    headers: () => bearer(keyOf('key:nora')),
    refused: /^message (approve|reject|withdraw|acknowledge|complete-step)$/,
    code: 'role-missing',
  },
  // `read`: robots read. `message abort`: a robot aborts what it requested, which the deployment's row and workflow tell.
  'a robot that may nothing': {
    headers: () => bearer(keyOf('key:idle')),
    refused: /^(operator|freeze|may .*|message (?!abort).*|session)$/,
    code: 'forbidden',
  },
  // `session`: nobody is asked for a key there, and who is no longer in the policy may still log out.
  'somebody whom the policy does not know': {
    headers: () => bearer(keyOf('key:stranger')),
    refused: /./,
    code: 'forbidden',
  },
  'somebody whom the provider knows and the policy does not': {
    headers: async () => bearer(await provider.sign({ sub: 'mallory' })),
    refused: /./,
    code: 'forbidden',
  },
};

/** How a browser tells that another site is at work, or an old one tells nothing. */
const foreign: readonly Headers[] = [
  {},
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: 'http://127.0.0.1:8081' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site', origin: publicUrl },
  { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' },
];

const closed = routes.filter((route) => ruleOf(route) !== 'public');
const scopeFor = (rule: string): Scope | null => {
  if (rule === 'session') return null;
  if (rule === 'operator' || rule === 'freeze') return 'operate';
  return rule.startsWith('message') ? 'messages' : (rule.replace('may ', '') as Scope);
};

/** What was answered and asked; only a HEAD has no body to tell the code. */
function seen({ statusCode, headers, body }: Awaited<ReturnType<typeof ask>>) {
  const code = body === '' ? null : (JSON.parse(body) as { code: string }).code;
  return { status: statusCode, type: headers['content-type'], code, calls };
}
const refusal = (code: ErrorCode) => ({
  status: errorTable[code].status,
  type: expect.stringMatching(/^application\/problem\+json/),
  code: expect.toBeOneOf([code, null]),
  calls: [],
});

describe('the permission table', () => {
  it('holds every route of the app with its rule, and no other', () => {
    const declared = app.declaredRoutes.flatMap(({ method, url, config }) =>
      // Those that only tell which methods a path takes are shown by themselves.
      config?.allow === undefined ? [method].flat().map((name) => [`${name} ${url}`, textOf(config?.access)]) : [],
    );
    // Whoever may GET may HEAD.
    const heads = Object.entries(table).flatMap(([route, rule]) =>
      route.startsWith('GET ') ? [[route.replace('GET ', 'HEAD '), rule]] : [],
    );
    // Of this one Fastify tells only with a slash at its end.
    const without = { 'HEAD /docs': 'public' };
    expect(Object.fromEntries(declared)).toEqual({ ...Object.fromEntries(heads), ...without, ...table });
  });

  it('stands in docs/identity.md', async () => {
    const page = await readFile(new URL('../../docs/identity.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `((?:GET|POST|DELETE) [^`]+)` +\| `([^`]+)` +\|$/gm)].map(([, route, rule]) => [
      route,
      rule,
    ]);
    // The page of the OpenAPI description stands there once, with all its parts.
    const shown = Object.entries(table).filter(([route]) => !/ \/docs\/./.test(route));
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(shown));
  });

  it('keeps the app from starting with a route that declares no rule', async () => {
    const bare = buildApp({ oidc: null, now: Date.now, gateway: {}, store: {} } as unknown as ApiDeps, (made) => {
      made.get('/bare', () => 'open');
    });
    await expect(bare).rejects.toThrow('GET /bare declares no access rule.');
  });
});

describe.each(closed)('%s', (route) => {
  it.each(Object.entries(strangers))('answers 401 to %s, without asking store or Temporal', async (_who, headers) => {
    const answer = await ask(route, await headers());
    expect(seen(answer)).toEqual(refusal('unauthenticated'));
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });

  const refused = Object.entries(insiders).filter(([, { refused: rules }]) => rules.test(ruleOf(route)));
  it.each(refused)('answers 403 to %s, without asking store or Temporal', async (_who, { headers, code }) => {
    expect(seen(await ask(route, await headers()))).toEqual(refusal(code));
  });

  const needed = scopeFor(ruleOf(route));
  it.each(needed === null ? [] : [needed])(
    'answers 403 to a key without the scope %s, without asking store or Temporal',
    async () => {
      const others = scopes.filter((scope) => scope !== needed);
      const answer = await ask(route, bearer(keyOf('key:carol', { scopes: others })));
      expect(seen(answer)).toEqual(refusal('scope-missing'));
    },
  );

  const isChange = !/^(GET|HEAD) /.test(route);
  it.each(isChange ? foreign : [])(
    'answers 403 to a session with %j, without asking store or Temporal',
    async (other) => {
      const cookie = `gantry_session=${keyOf('key:carol', { kind: 'session' })}`;
      expect(seen(await ask(route, { cookie, ...other }))).toEqual(refusal('cross-site'));
    },
  );

  it('lets in whom its rule names', async () => {
    const isSession = ruleOf(route) === 'session';
    const session = {
      cookie: `gantry_session=${keyOf('key:carol', { kind: 'session' })}`,
      'sec-fetch-site': 'same-origin',
    };
    const limited = needed === null ? null : bearer(keyOf('key:carol', { scopes: [needed] }));
    for (const headers of [session, ...(isSession || !limited ? [] : [bearer(keyOf('key:carol')), limited])])
      expect([401, 403]).not.toContain((await ask(route, headers)).statusCode);
  });
});

describe('while the store is in recovery', () => {
  const held: readonly Route[] = [
    'POST /v1/deployments',
    'POST /v1/deployments/:id/approve',
    'POST /v1/deployments/:id/resume',
    'POST /v1/deployments/:id/acknowledge',
    'POST /v1/deployments/:id/complete-step',
    'POST /v1/targets/:service/:environment/adopt',
    'POST /v1/targets/:service/:environment/resolve',
    'POST /v1/targets/:service/:environment/review',
    'DELETE /v1/freezes/:id',
  ];
  beforeAll(() => {
    recovery = { id: 'r', takenAt: null, beganAt: '2026-11-23T09:00:00.000Z', why: 'tried', kept: [] };
  });
  afterAll(() => {
    recovery = null;
  });

  it.each(closed)('%s lets nothing begin, and reading and stopping go on', async (route) => {
    const { body } = await ask(route, bearer(keyOf('key:carol')));
    expect(body.includes('"code":"in-recovery"')).toBe(held.includes(route));
  });

  it('a key of the backup does not count until it is confirmed', async () => {
    const unconfirmed = keyOf('key:carol', { unconfirmedSince: '2026-11-23T09:00:00.000Z' });
    const answer = await ask('GET /v1/alerts', bearer(unconfirmed));
    expect(seen(answer)).toEqual(refusal('unauthenticated'));
    expect(answer.body).toContain('gantry recovery confirm');
  });
});

describe('a public route', () => {
  it('shows a stranger no deployments, and a login that was not begun fails', async () => {
    const answer = await ask('GET /login/callback', {});
    expect(seen(answer)).toEqual(refusal('login-failed'));
    expect(answer.headers['set-cookie']).toBeUndefined();
  });
});

describe('an adoption', () => {
  const adopt = (service: string, more: object = {}) => {
    calls.length = 0;
    return app.inject({
      method: 'POST',
      url: `/v1/targets/${service}/production/adopt`,
      headers: bearer(keyOf('key:carol')),
      payload: {
        release: '1',
        artifact: { uri: 'a', digest: `sha256:${'a'.repeat(64)}` },
        reason: 'as it runs',
        ...more,
      },
    });
  };

  it('creates no target for a mistyped name: a service outside the policy is adopted only where the request accepts that', async () => {
    const refused = await adopt('shpo');
    expect(refused.statusCode).toBe(422);
    expect(refused.json()).toMatchObject({ code: 'unknown-service', pointer: '/service' });
    expect(refused.body).toMatch(/names shop, other, not shpo.*\\"unknownService\\": \\"accept\\"/);
    expect(calls).not.toContain('gateway.adopt');
    for (const made of [await adopt('shop'), await adopt('shpo', { unknownService: 'accept' })]) {
      expect(made.statusCode).toBe(200);
      expect(calls).toContain('gateway.adopt');
    }
  });
});

describe('an Idempotency-Key', () => {
  it('works on every POST that makes or changes something, and is documented there', () => {
    const heeds = app.declaredRoutes
      .filter(({ method, config }) => method === 'POST' && !config?.allow && config?.idempotencyKey === undefined)
      .map(({ url }) => url);
    // A preview makes nothing, a session ends once, so does a page, and nothing may keep an abort away.
    expect(heeds.toSorted()).toEqual(['/logout', '/v1/deployments/:id/abort', '/v1/pages/:token', '/v1/plans']);
  });
});

describe('the spies', () => {
  it('see what a good request asks of the store and of Temporal', async () => {
    await ask('GET /v1/deployments', bearer(keyOf('key:alice')));
    expect(calls).toEqual(['store.deployments']);
    await ask('POST /v1/deployments/:id/pause', bearer(await provider.sign({ sub: 'bob' })));
    expect(calls).toContain('gateway.message');
  });
});
