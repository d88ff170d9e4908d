import { generateKeyPairSync, sign } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entriesOf, type JournalEntry } from '../../src/domain/journal/entries.ts';
import type { MessageArgument } from '../../src/domain/messages/messages.ts';
import { proofText } from '../../src/domain/messages/proof.ts';
import { keyIdOf } from '../../src/domain/trust/seal.ts';
import { ensureMessageKeys } from '../../src/main/keys/message-key.ts';
import { changeOf, digestOfRelease, steps } from '../support/change.ts';
import { gitHubRun } from '../support/ci-runs.ts';
import { eventually } from '../support/eventually.ts';
import { evidenceFor } from '../support/evidence.ts';
import { Browser, type IdentityProvider, startIdentityProvider } from '../support/identity-provider.ts';
import { type Installation, rolePasswords, startInstallation } from '../support/installation.ts';
import { type KeyServer, startKeyServer } from '../support/key-server.ts';
import { refusing, testPolicy } from '../support/policy.ts';
import { query } from '../support/postgres.ts';
import { startGantry } from '../support/processes.ts';
import type { World } from '../support/world.ts';

// `gantry api` as a process of its own, on PostgreSQL, beside a real OpenID provider.

let there: Installation;
let provider: IdentityProvider;
let ci: KeyServer;
let folder: string;
let secrets: string;
let store: string;
let procedures: string;

/** Alice also comes by the provider, and a robot only so. */
const policyFor = (issuer: string, ofPipelines: string) => ({
  ...testPolicy,
  environments: { ...testPolicy.environments, lower: refusing, sealed: { ...refusing, commands: 'isolated' } },
  people: testPolicy.people.map((person) =>
    person.subject === 'key:alice' ? { ...person, aliases: [`oidc:${issuer}|alice`] } : person,
  ),
  robots: [
    ...testPolicy.robots,
    { subject: `oidc:${issuer}|ci`, name: 'CI by the provider', may: ['submit-evidence'] },
    {
      subject: `oidc:${ofPipelines}|shop`,
      name: 'Pipeline of shop',
      may: ['submit-evidence', 'request'],
      claims: { repository: 'acme/shop', ref: 'refs/heads/main' },
    },
  ],
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-identity-'));
  const env = async (url: string, parts: { readonly store: string }) => {
    store = parts.store;
    provider = await startIdentityProvider(url);
    ci = await startKeyServer();
    const policy = join(folder, 'policy.json');
    await writeFile(policy, JSON.stringify(policyFor(provider.issuer, ci.issuer)));
    secrets = join(folder, 'secrets');
    // Whoever knows a name gets to the file: each has to keep itself.
    await mkdir(secrets, { mode: 0o711 });
    await chmod(folder, 0o711);
    await ensureMessageKeys(secrets);
    await writeFile(join(secrets, 'tokens.json'), '{"key:bob":"gtk_"}', { mode: 0o600 });
    procedures = await mkdtemp(join(tmpdir(), 'gantry-procedures-'));
    await chmod(procedures, 0o755);
    return {
      GANTRY_SECRETS: secrets,
      GANTRY_TRUST_FILE: join(secrets, 'trusted-keys.json'),
      GANTRY_PROCEDURES: procedures,
      GANTRY_POLICY: policy,
      GANTRY_PUBLIC_URL: url,
      GANTRY_OIDC_ISSUER: provider.issuer,
      GANTRY_OIDC_AUDIENCE: provider.audience,
      GANTRY_OIDC_CLIENT_ID: 'public-page',
    };
  };
  there = await startInstallation({ env });
}, 180_000);
afterAll(async () => {
  await provider.stop();
  await ci.close();
  await there.stop();
  await rm(folder, { recursive: true });
  await rm(procedures, { recursive: true });
});

const list = (as: string) => there.call(as, 'GET', '/v1/deployments');
const cookieOf = (browser: Browser, name = 'gantry_session') => browser.cookies.get(name);
const codeOf = (body: string) => (JSON.parse(body) as { code: string }).code;

/** Logs in by Gantry's own door; answers what it says to a browser that comes back. */
async function logIn(browser: Browser, name: string, to = '/') {
  const begun = await browser.go(`${there.url}/login?to=${encodeURIComponent(to)}`);
  const back = await provider.logIn(browser, begun.location ?? '', name);
  return { back, ...(await browser.go(back)) };
}

describe('a token of a real provider', () => {
  it('speaks for the person it was made for, as far as the policy goes', async () => {
    const { access_token: token, id_token: idToken } = await provider.personTokens(new Browser(), 'alice');
    expect((await list(token)).status).toBe(200);
    const adoption = { release: '1', artifact: { uri: 'a', digest: digestOfRelease('1') }, reason: 'x' };
    expect(await there.call(token, 'POST', '/v1/targets/shop/production/adopt', adoption)).toMatchObject({
      status: 403,
      body: { code: 'forbidden', detail: expect.stringContaining('change-manager') },
    });
    // Meant for the page that logs in, not for the API.
    expect(await list(idToken)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    const [head, payload, signature = ''] = token.split('.');
    expect((await list([head, payload, signature.toUpperCase()].join('.'))).status).toBe(401);
    const stranger = await provider.personTokens(new Browser(), 'mallory');
    expect(await list(stranger.access_token)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });

  it('speaks for a robot, which submits evidence and approves nothing', async () => {
    const token = await provider.robotToken();
    const evidence = await there.call(token, 'POST', '/v1/evidence', evidenceFor(digestOfRelease('1.4.2'), {}));
    expect(evidence).toMatchObject({ status: 201 });
    for (const message of ['approve', 'acknowledge', 'pause'])
      expect(await there.call(token, 'POST', `/v1/deployments/shop.production.1/${message}`, {})).toMatchObject({
        status: 403,
        body: { code: 'forbidden' },
      });
    expect((await there.call(token, 'POST', '/v1/plans', {})).status).toBe(403);
  });
});

describe('a run of a CI', () => {
  it('proves and requests as the robot that has its claims, and records call it by name', async () => {
    const worker = await there.startWorker();
    const tokenOf = (more: object = {}) => ci.sign({ ...gitHubRun, aud: there.url, ...more }, { typ: 'JWT' });
    const token = await tokenOf();
    const world = await there.world('pipelined');
    const change = changeOf(world, {
      service: 'pipelined',
      change: { onBehalfOf: 'key:alice', authors: ['key:alice'] },
    });
    const evidence = evidenceFor(digestOfRelease('1.4.2'), {});
    expect(await there.call(token, 'POST', '/v1/evidence', evidence)).toMatchObject({ status: 201 });
    const asked = { 'idempotency-key': 'run-17' };
    const pullRequest = await tokenOf({ event_name: 'pull_request_target' });
    expect(await there.call(pullRequest, 'POST', '/v1/deployments', change, asked)).toMatchObject({ status: 403 });
    const requested = await there.call<{ id: string }>(token, 'POST', '/v1/deployments', change, asked);
    expect(requested).toMatchObject({ status: 202, body: { requester: { name: 'Pipeline of shop' } } });
    const { id } = requested.body;
    await there.until(id, ({ phase }) => phase === 'awaiting-approval');
    await there.approve(id);
    expect((await there.ended(id)).outcome).toBe('succeeded');
    // As a job reads it, without a key.
    const read = startGantry(['record', id], { GANTRY_API: there.url, GANTRY_ID_TOKEN: token });
    expect((await read.ended).code).toBe(0);
    expect(read.output()).toContain('Pipeline of shop');
    expect(read.output()).not.toContain(token);
    await worker.kill('SIGTERM');
  });
});

describe('a login by a browser', () => {
  it('leads to a session that no script reads, back to where it began, and out again', async () => {
    const browser = new Browser();
    const { status, location } = await logIn(browser, 'alice', '/docs/?a=b');
    expect({ status, location }).toEqual({ status: 303, location: `${there.url}/docs/?a=b` });
    expect(cookieOf(browser)?.attributes).toMatch(/Max-Age=28800; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(cookieOf(browser, 'gantry_login')).toBeUndefined();
    expect((await browser.go(`${there.url}/v1/deployments`)).status).toBe(200);

    const logOut = (headers: Record<string, string>) => browser.go(`${there.url}/logout`, 'POST', undefined, headers);
    expect(codeOf((await logOut({})).body)).toBe('cross-site');
    expect(codeOf((await logOut({ origin: provider.issuer })).body)).toBe('cross-site');
    const session = cookieOf(browser);
    expect((await logOut({ origin: there.url })).status).toBe(204);
    expect(cookieOf(browser)).toBeUndefined();
    if (session) browser.cookies.set('gantry_session', session);
    expect((await browser.go(`${there.url}/v1/deployments`)).status).toBe(401);
  });

  it('asks the provider with PKCE, state and nonce, new ones each time', async () => {
    const begun = await Promise.all([0, 1].map(() => new Browser().go(`${there.url}/login`)));
    const queries = begun.map(({ location }) => Object.fromEntries(new URL(location ?? '').searchParams));
    for (const query of queries)
      expect(query).toMatchObject({
        response_type: 'code',
        client_id: 'public-page',
        redirect_uri: `${there.url}/login/callback`,
        scope: 'openid',
        code_challenge_method: 'S256',
      });
    for (const secret of ['state', 'nonce', 'code_challenge'])
      expect(new Set(queries.map((query) => query[secret]?.length === 43 && query[secret])).size).toBe(2);
  });

  it('counts once, in the browser that began it, for the state that it began with', async () => {
    const browser = new Browser();
    const begun = await browser.go(`${there.url}/login`);
    const back = await provider.logIn(browser, begun.location ?? '', 'alice');
    const failed = async (who: Browser, url: string) => {
      const answer = await who.go(url);
      expect({ status: answer.status, code: codeOf(answer.body) }).toEqual({ status: 401, code: 'login-failed' });
      expect(cookieOf(who)).toBeUndefined();
    };
    await failed(new Browser(), back);
    const other = new Browser();
    await other.go(`${there.url}/login`);
    await failed(other, back);
    expect((await browser.go(back)).status).toBe(303);
    browser.cookies.delete('gantry_session');
    await failed(browser, back);
  });

  it('fails for whoever gives up, and for a stranger', async () => {
    const browser = new Browser();
    const begun = await browser.go(`${there.url}/login`);
    const answer = await browser.go(await provider.giveUp(browser, begun.location ?? ''));
    expect(JSON.parse(answer.body)).toMatchObject({
      status: 401,
      code: 'login-failed',
      detail: expect.stringContaining('access_denied'),
    });
    const stranger = new Browser();
    expect(codeOf((await logIn(stranger, 'mallory')).body)).toBe('forbidden');
    expect(cookieOf(stranger)).toBeUndefined();
    // A robot does not sit at a browser.
    expect(codeOf((await logIn(new Browser(), 'ci')).body)).toBe('forbidden');
  });

  it.each([
    '//evil.example',
    'https://evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'evil',
    '\\\\evil.example',
  ])('leads nowhere else: %j', async (to) => {
    const { status, body } = await new Browser().go(`${there.url}/login?to=${encodeURIComponent(to)}`);
    expect({ status, body: JSON.parse(body) as object }).toMatchObject({ status: 400, body: { pointer: '/to' } });
  });
});

describe('a forged approval', () => {
  // Only root can start commands as somebody else; whoever else runs this sees that such environments are refused.
  const isRoot = process.getuid?.() === 0;
  const apart = { GANTRY_COMMAND_USER: '61234:61234' };
  /** Tries to read each of these, and says which it could. */
  const spying = (world: World, files: readonly string[]) => [
    {
      id: 'spy',
      title: 'Look around',
      do: {
        command: [
          '/bin/sh',
          '-c',
          'for file in "/proc/$PPID/environ" "$@"; do cat "$file" >/dev/null 2>&1 && echo "read $file"; done; exit 0',
          'sh',
          ...files,
        ],
      },
      undo: { none: 'looking changes nothing' },
      verify: { none: 'looking changes nothing' },
    },
    steps.startByHttp(world),
    steps.switch(world),
  ];

  it('is not to be had by a command: an environment that takes only isolated ones begins none of a worker that runs them as itself', async () => {
    const worker = await there.startWorker();
    expect(worker.output()).toContain('Commands run as the worker itself (GANTRY_COMMAND_USER names nobody else)');
    const world = await there.world('exposed', 'sealed');
    const id = await there.request(world, { service: 'exposed', environment: 'sealed', steps: spying(world, []) });
    expect((await there.ended(id)).outcome).toBe('rejected');
    expect(JSON.stringify(entriesOf(await there.journal(id), 'ended'))).toContain('commands-not-isolated');
    await worker.kill('SIGTERM');
  });

  it('is not to be had by a command that runs as somebody else: it reads nothing that is the worker’s or the API’s', async () => {
    const worker = await there.startWorker(apart);
    const [, apiStore = '', , workerStore = ''] = there.grants;
    const files = [...(await readdir(secrets)).map((name) => join(secrets, name)), apiStore, workerStore];
    expect(files).toEqual(expect.arrayContaining(['message-key', 'tokens.json'].map((name) => join(secrets, name))));
    const environment = isRoot ? 'sealed' : 'lower';
    const world = await there.world('spied', environment);
    const how = { service: 'spied', environment, steps: spying(world, files) };
    const { id, status, journal } = await there.deploy(world, how);
    expect(status.outcome).toBe('succeeded');
    const [acted] = entriesOf(journal, 'action-completed');
    const read = [...(acted?.outcome.output?.head ?? '').matchAll(/^read (.*)$/gm)];
    const all = [`/proc/${worker.pid}/environ`, ...files];
    expect(read.map(([, file]) => file)).toEqual(isRoot ? [] : all);
    expect(acted?.outcome.observed).toMatchObject({ exitCode: 0, ranAs: isRoot ? '61234:61234' : null });
    expect(await there.record(id)).toContain(
      isRoot ? 'Commands of steps ran as user 61234:61234.' : 'Commands of steps ran as the worker itself',
    );
    expect(worker.output()).not.toMatch(/holds a secret|opens the store/);
  });

  it('is believed by nobody, though whoever has a worker’s credentials writes it into the store and sends it', async () => {
    const world = await there.world('forged', 'sealed');
    const steady = { service: 'forged', environment: 'sealed' };
    const id = await there.request(world, steady);
    await there.until(id, ({ phase }) => phase === 'awaiting-approval');
    const { planDigest } = await there.status(id);
    const address = Object.assign(new URL(store), { username: 'gantry_worker', password: rolePasswords.worker }).href;
    const asWorker = (text: string) => query(address, text);
    const handle = there.client.workflow.getHandle('deployment/forged/sealed/1');
    const told = () => handle.query<readonly JournalEntry[], [object]>('journal', { after: 0, limit: 1_000 });
    const before = await told();

    // As the journal has it where the right person has said it.
    const by = { subject: 'key:bob', name: 'Bob May', via: 'api', identity: 'verified' };
    const seq = before.length + 1;
    const said = {
      v: 1,
      seq,
      at: new Date().toISOString(),
      type: 'approval-granted',
      by,
      gate: 'start',
      role: 'service-owner',
      planDigest,
    };
    await asWorker(`insert into journal (deployment, seq, entry) values ('${id}', ${seq}, '${JSON.stringify(said)}')`);
    await asWorker(`update deployments set phase = 'executing', last_seq = 900 where id = '${id}'`);
    await asWorker(
      `update targets set lock = '{"deployment":"${id}","fence":1,"since":"${said.at}"}' where service = 'forged'`,
    );
    // And with a key of their own, which nobody trusts.
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
    for (const forbidden of [
      `insert into signing_keys (id, public_key) values ('mine', '${raw}')`,
      `update signing_keys set public_key = '${raw}'`,
      'update signing_keys set retired_at = now()',
      'select id from api_keys',
      `insert into api_keys (id, subject) values ('mine', 'key:bob')`,
      'select key from idempotency',
      `update journal set entry = '${JSON.stringify(said)}' where deployment = '${id}'`,
      `delete from journal where deployment = '${id}'`,
      `update refused_messages set times = 0`,
    ])
      expect([forbidden, await asWorker(forbidden).catch((error: unknown) => error)]).toMatchObject([
        forbidden,
        { code: '42501' },
      ]);
    // What it then sends, in the words of the API: without a proof, signed by that key, signed by it in the name of the
    // API's own, and with a proof that is genuine, of the same person's approval of another deployment, as it is and altered.
    const argument = { by: 'key:bob', planDigest, gate: 'start' };
    const proof = {
      nonce: 'ab'.repeat(16),
      sentBy: 'api' as const,
      roles: ['service-owner'],
      issuedAt: said.at,
      expiresAt: new Date(Date.now() + 600_000).toISOString(),
    };
    const signature = sign(
      null,
      Buffer.from(proofText(id, 'approve', argument as MessageArgument, proof)),
      privateKey,
    ).toString('hex');
    const [trusted] = (await asWorker('select id from signing_keys where retired_at is null')) as { id: string }[];
    const signedAs = (key: string) => ({ ...argument, proof: { ...proof, signatures: [{ key, signature }] } });
    const other = await there.request(await there.world('caught', 'sealed'), { ...steady, service: 'caught' });
    await there.until(other, ({ phase }) => phase === 'awaiting-approval');
    const bobs = { planDigest: (await there.status(other)).planDigest };
    const caught = (await there.call('key:bob', 'POST', `/v1/deployments/${other}/approve?send=false`, bobs)).body;
    expect(caught).toMatchObject({ by: 'key:bob', proof: { signatures: [{ key: trusted?.id }] } });
    const forgeries = [
      argument,
      signedAs(keyIdOf(raw)),
      signedAs(trusted?.id ?? ''),
      caught,
      { ...caught, planDigest },
    ];
    for (const forgery of forgeries) await handle.signal('approve', forgery);

    const since = await eventually(told, (journal) => entriesOf(journal, 'message-refused').length >= forgeries.length);
    expect(entriesOf(since, 'message-refused')).toMatchObject(
      forgeries.map(() => ({ message: 'approve', by: 'key:bob', code: 'unproven-message' })),
    );
    const after = since.slice(before.length);
    expect(after.filter(({ type }) => ['approval-granted', 'lock-granted', 'step-started'].includes(type))).toEqual([]);
    expect(world.changes).toEqual([]);

    // The same change, approved by the person themselves, goes on.
    const { status } = await there.deploy(await there.world('approved', 'sealed'), { ...steady, service: 'approved' });
    expect(status.outcome).toBe('succeeded');
  });
});

describe('keys and sessions', () => {
  it('outlive a restart of the API, with their limits, and end at once when they are revoked', async () => {
    const key = await there.run(
      'token',
      'create',
      'key:bob',
      '--scope',
      'read',
      '--scope',
      'messages',
      '--expires',
      '30d',
    );
    const id = key.slice(4, 20);
    const other = await there.run('token', 'create', 'key:bob');
    const browser = new Browser();
    await logIn(browser, 'alice');
    await there.restartApi();

    const session = async () => (await browser.go(`${there.url}/v1/deployments`)).status;
    expect([(await list(key)).status, (await list(other)).status, await session()]).toEqual([200, 200, 200]);
    expect(await there.call(key, 'POST', '/v1/plans', {})).toMatchObject({
      status: 403,
      body: { code: 'scope-missing' },
    });
    const listed = await there.run('token', 'list', 'key:bob');
    expect(listed).toMatch(new RegExp(`^${id}  key:bob  key  read,messages  since \\S+  expires \\S+$`, 'm'));
    expect(listed).not.toContain(key.slice(21));

    expect(await there.run('token', 'revoke', id)).toBe(`Revoked 1 of ${id}.`);
    expect([(await list(key)).status, (await list(other)).status]).toEqual([401, 200]);
    // Her key ends with her session, whichever of her names is said.
    const named = `oidc:${provider.issuer}|alice`;
    expect((await list('key:alice')).status).toBe(200);
    expect(await there.run('token', 'revoke', named)).toMatch(/^Revoked \d+ of key:alice, oidc:\S+\|alice\.$/);
    expect([await session(), (await list('key:alice')).status]).toEqual([401, 401]);
    await there.restartApi(await secretClient('of-the-page'));
    expect([(await list(key)).status, await session()]).toEqual([401, 401]);
    expect((await logIn(new Browser(), 'alice')).status).toBe(303);
  }, 120_000);
});

/** Gantry as a client with a secret, which lies in the folder of secrets. */
async function secretClient(secret: string): Promise<Readonly<Record<string, string>>> {
  await writeFile(join(folder, 'oidc-client-secret'), `${secret}\n`);
  return { GANTRY_OIDC_CLIENT_ID: 'secret-page', GANTRY_SECRETS: folder };
}

describe('a client that the provider knows by another secret', () => {
  it('logs nobody in, and says why', async () => {
    await there.restartApi(await secretClient('of-another'));
    expect(JSON.parse((await logIn(new Browser(), 'alice')).body)).toMatchObject({
      code: 'login-failed',
      detail: expect.stringContaining('client and secret'),
    });
  });
});

describe('a provider that is gone', () => {
  it('keeps its own tokens and logins out, and nobody who has a key', async () => {
    const token = await provider.robotToken();
    await provider.stop();
    await there.restartApi();
    const answer = await list(token);
    expect(answer).toMatchObject({ status: 503, body: { code: 'identity-unavailable' } });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(codeOf((await new Browser().go(`${there.url}/login`)).body)).toBe('identity-unavailable');
    expect((await list('key:carol')).status).toBe(200);
  });
});

describe('without a provider', () => {
  it('there is no login and no token but a key', async () => {
    await there.restartApi({ GANTRY_OIDC_ISSUER: '', GANTRY_OIDC_AUDIENCE: '', GANTRY_OIDC_CLIENT_ID: '' });
    for (const [method, path] of [
      ['GET', '/login'],
      ['GET', '/login/callback'],
      ['POST', '/logout'],
    ] as const)
      expect(await there.call('key:carol', method, path)).toMatchObject({ status: 404, body: { code: 'not-found' } });
    expect((await list('a.b.c')).status).toBe(401);
    expect((await list('key:carol')).status).toBe(200);
  });
});
