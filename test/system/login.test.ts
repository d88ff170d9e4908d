import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/api/app.ts';
import type { ApiDeps } from '../../src/api/deps.ts';
import type { Contexts } from '../../src/cli/connection/contexts.ts';
import { policySchema } from '../../src/domain/policy/policy.ts';
import { freePorts } from '../../src/temporal/dev-server/free-ports.ts';
import { eventually } from '../support/eventually.ts';
import { Browser, type IdentityProvider, startIdentityProvider } from '../support/identity-provider.ts';
import { testPolicy } from '../support/policy.ts';
import { type GantryProcess, startGantry } from '../support/processes.ts';
import { shows, startOnTerminal, type TerminalProcess } from '../support/terminal.ts';

// `gantry login` as a process of its own, beside a real OpenID provider and an API without a store.

let provider: IdentityProvider;
let app: FastifyInstance;
let api: string;
/** An API whose command line has a second to confirm a code. */
let hasty: FastifyInstance;
let hastyUrl: string;
let folder: string;
let file: string;
const open: GantryProcess[] = [];
const terminals: TerminalProcess[] = [];

beforeAll(async () => {
  const [port = 0] = await freePorts('127.0.0.1', 1);
  api = `http://127.0.0.1:${port}`;
  provider = await startIdentityProvider(api);
  const { issuer, audience } = provider;
  const people = testPolicy.people.map((person) =>
    person.subject === 'key:alice' ? { ...person, aliases: [`oidc:${issuer}|alice`] } : person,
  );
  const policy = policySchema.parse({ ...testPolicy, people });
  const oidc: NonNullable<ApiDeps['oidc']> = {
    issuer,
    audience,
    algorithms: ['RS256'],
    cliClientId: 'command-line',
    login: null,
  };
  const deps: unknown = {
    store: { keys: async () => [], key: async () => null, deployments: async () => ({ items: [], next: null }) },
    gateway: {},
    policy: { read: async () => ({ policy, digest: 'sha256:0' }) },
    now: Date.now,
    oidc,
  };
  app = await buildApp(deps as ApiDeps);
  await app.listen({ host: '127.0.0.1', port });
  hasty = await buildApp({ ...(deps as ApiDeps), oidc: { ...oidc, cliClientId: 'hasty-command-line' } });
  hastyUrl = await hasty.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await Promise.all(open.map((one) => one.kill('SIGKILL').catch(() => undefined)));
  for (const one of terminals) one.kill();
  await app.close();
  await hasty.close();
  await provider.stop().catch(() => undefined);
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-login-'));
  file = join(folder, 'config.json');
  return () => rm(folder, { recursive: true });
});

const gantry = (...words: string[]) => gantryWith({}, ...words);
function gantryWith(more: Readonly<Record<string, string>>, ...words: string[]) {
  const started = startGantry(words, { GANTRY_CONFIG: file, GANTRY_API: api, ...more }, folder);
  open.push(started);
  return started;
}
/** The same on a terminal, whose lines are long enough for any address. */
function onTerminal(...words: string[]): TerminalProcess {
  const variables = { GANTRY_CONFIG: file, GANTRY_API: api };
  const started = startOnTerminal(words, variables, folder, 2_000);
  terminals.push(started);
  return started;
}
async function ended(started: GantryProcess) {
  const { code } = await started.ended;
  return { code, output: started.output() };
}
/** The address that it asks its person to open. */
async function shown(started: GantryProcess, last: string): Promise<string> {
  await started.printed(last);
  return /^Open (http\S+)$/m.exec(started.output())?.[1] ?? '';
}
const kept = async () => JSON.parse(await readFile(file, 'utf8')) as Contexts;
const sessionIn = async () => Object.values((await kept()).contexts)[0]?.session;
async function logIn(): Promise<void> {
  const login = gantry('login', 'mine', '--device');
  await provider.confirmDevice(new Browser(), await shown(login, 'and confirm the code'), 'alice');
  expect(await ended(login)).toMatchObject({ code: 0 });
}
/** Changes what is kept of the login, as time would. */
async function change(more: object): Promise<void> {
  const contexts = await kept();
  const { mine } = contexts.contexts;
  const changed = { ...contexts, contexts: { mine: { ...mine, session: { ...mine?.session, ...more } } } };
  await writeFile(file, JSON.stringify(changed));
}
const inPast = new Date(Date.now() - 60_000).toISOString();

describe('a login by device', () => {
  it('is kept for its owner alone, once somebody has confirmed its code, and prints no token', async () => {
    const login = gantry('login', '--device');
    const url = await shown(login, 'and confirm the code');
    expect(url).toMatch(new RegExp(`^${provider.issuer}/device\\?user_code=`));
    expect(login.output()).toContain(`You log in at ${provider.issuer}, for ${provider.audience}.`);
    await provider.confirmDevice(new Browser(), url, 'alice');
    const { code, output } = await ended(login);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('as Alice Roe (key:alice)') });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const session = await sessionIn();
    expect(session).toMatchObject({ issuer: provider.issuer, clientId: 'command-line', audience: provider.audience });
    for (const secret of [session?.accessToken, session?.refreshToken]) {
      expect(secret?.length).toBeGreaterThan(20);
      expect(output).not.toContain(secret);
    }
    expect(await ended(gantry('list'))).toMatchObject({ code: 0 });
  });

  it('that is refused logs nobody in', async () => {
    const login = gantry('login', '--device');
    await provider.confirmDevice(new Browser(), await shown(login, 'and confirm the code'), null);
    expect(await ended(login)).toMatchObject({ code: 7, output: expect.stringContaining('was told no') });
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('whose code nobody confirms in its time logs nobody in, and says how to begin again', async () => {
    const login = onTerminal('login', '--device', '--api', hastyUrl);
    expect(await login.ended).toBe(7);
    expect(login.shown().slice(1)).toEqual([
      expect.stringMatching(/^Open http/),
      expect.stringMatching(/^and confirm the code \S+, within 1 s\.$/),
      expect.stringMatching(/^error\[login-failed\]: Nobody confirmed the code \S+ within 1 s\.$/),
      '  → begin again, with a new code: gantry login --device',
    ]);
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('of somebody whom the policy does not know is not kept', async () => {
    const login = gantry('login', '--device');
    await provider.confirmDevice(new Browser(), await shown(login, 'and confirm the code'), 'mallory');
    expect(await ended(login)).toMatchObject({ code: 3, output: expect.stringContaining('knows no oidc:') });
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a login by a browser', () => {
  it('comes back to this machine, with PKCE and state, and only what belongs to it counts', async () => {
    const login = gantry('login', '--browser');
    const url = new URL(await shown(login, 'Open http'));
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: 'command-line',
      code_challenge_method: 'S256',
      resource: provider.audience,
      redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/callback$/) as unknown,
    });
    const callback = url.searchParams.get('redirect_uri') ?? '';
    for (const stray of ['', '?code=x&state=y', '/../other?code=x'])
      expect((await fetch(`${callback}${stray}`)).status).toBe(404);
    const back = await provider.logIn(new Browser(), url.href, 'alice');
    expect((await fetch(back)).status).toBe(200);
    expect(await ended(login)).toMatchObject({ code: 0, output: expect.stringContaining('as Alice Roe') });
    expect((await sessionIn())?.refreshToken).not.toBeNull();
    expect(await ended(gantry('list'))).toMatchObject({ code: 0 });
  });

  it('is how somebody at a terminal logs in who says nothing else, and is told there when that has ended', async () => {
    const login = onTerminal('login', 'mine');
    const asked = /^Open (http\S+)$/m;
    const back = await provider.logIn(new Browser(), asked.exec(await shows(login, asked))?.[1] ?? '', 'alice');
    expect((await fetch(back)).status).toBe(200);
    expect(await login.ended).toBe(0);
    expect(login.shown().join('\n')).toMatch(/^Logged in to http\S+ as Alice Roe \(key:alice\); kept as mine in /m);
    await change({ expiresAt: inPast, refreshToken: null });
    const list = onTerminal('list');
    expect(await list.ended).toBe(7);
    expect(list.shown()[0]).toBe('error[unauthenticated]: Your login has ended: log in again with gantry login.');
  });

  it('opens by itself where there is one, and logs nobody in who gives up', async () => {
    const program = join(folder, 'browser');
    await writeFile(program, '#!/bin/sh\necho "$1" > opened.part && mv opened.part opened\n', { mode: 0o755 });
    const login = gantryWith({ BROWSER: program }, 'login', '--browser');
    const opened = await eventually(() => readFile(join(folder, 'opened'), 'utf8').catch(() => ''), Boolean);
    expect(login.output()).toContain(`A browser opens, or open it at ${opened.trim()}`);
    const back = await provider.giveUp(new Browser(), opened.trim());
    await fetch(back);
    expect(await ended(login)).toMatchObject({ code: 7, output: expect.stringContaining('was told no') });
  });
});

describe('a login that is kept', () => {
  it('is renewed when its token is near its end, and kept anew', async () => {
    await logIn();
    await change({ expiresAt: new Date(Date.now() + 30_000).toISOString() });
    const before = await sessionIn();
    expect(await ended(gantry('list'))).toMatchObject({ code: 0 });
    const after = await sessionIn();
    expect(after?.accessToken).not.toBe(before?.accessToken);
    expect(Date.parse(after?.expiresAt ?? '')).toBeGreaterThan(Date.now() + 200_000);
    expect(Object.keys((await kept()).contexts)).toEqual(['mine']);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['can be renewed no more', { expiresAt: inPast, refreshToken: 'of-somebody-else' }],
    ['could never be renewed', { expiresAt: inPast, refreshToken: null }],
  ])('and %s has ended: 7, and what to do', async (_why, more) => {
    await logIn();
    await change(more);
    expect(await ended(gantry('list'))).toMatchObject({
      code: 7,
      output: expect.stringMatching(/Your login has ended: log in again with gantry login/),
    });
  });

  it('waits for a provider that does not answer: nobody is logged out by it', async () => {
    await logIn();
    await change({ expiresAt: inPast });
    await provider.stop();
    expect(await ended(gantry('list'))).toMatchObject({
      code: 5,
      output: expect.stringContaining('does not answer as an identity provider should'),
    });
    expect((await sessionIn())?.refreshToken).not.toBeNull();
    expect(await ended(gantry('login', '--device'))).toMatchObject({ code: 5 });
  });
});

describe('an API without a provider for the command line', () => {
  it('says so, and how to log in', async () => {
    const deps: unknown = { store: { keys: async () => [] }, gateway: {}, policy: {}, oidc: null, now: Date.now };
    const other = await buildApp(deps as ApiDeps);
    const url = await other.listen({ host: '127.0.0.1', port: 0 });
    expect(await ended(gantry('login', '--device', '--api', url))).toMatchObject({
      code: 7,
      output: expect.stringContaining('give a key on the input'),
    });
    await other.close();
  });
});
