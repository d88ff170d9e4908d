import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildApp } from '../../../../../src/api/app.ts';
import type { ApiDeps } from '../../../../../src/api/deps.ts';
import { openApi } from '../../../../../src/cli/api-client.ts';
import type { GantryError } from '../../../../../src/domain/base/errors.ts';
import { policySchema } from '../../../../../src/domain/policy/policy.ts';
import { gitHubRun, gitLabRun } from '../../../../support/ci-runs.ts';
import { type KeyServer, startKeyServer } from '../../../../support/key-server.ts';
import { testPolicy } from '../../../../support/policy.ts';

// The API as it is, asked over HTTP by tokens of two CIs and of the identity provider of people.

const audience = 'https://gantry.example';
let gitHub: KeyServer;
let gitLab: KeyServer;
let people: KeyServer;
let app: FastifyInstance;
let audiences: readonly string[];

beforeEach(async () => {
  [gitHub, gitLab, people] = await Promise.all([startKeyServer(), startKeyServer(), startKeyServer()]);
  audiences = [audience];
});
afterEach(async () => {
  await app.close();
  await Promise.all([gitHub, gitLab, people].map((one) => one.close()));
});

const shop = { repository: 'acme/shop', ref: 'refs/heads/main' };

/** An API whose policy has these robots beside its people. */
async function startApi(
  robots: readonly object[] = [
    { subject: `oidc:${gitHub.issuer}|shop`, name: 'Pipeline of shop', may: ['request'], claims: shop },
    {
      subject: `oidc:${gitLab.issuer}|shop`,
      name: 'Pipeline of shop at GitLab',
      may: ['submit-evidence'],
      claims: { project_path: 'acme/shop', ref: 'main', ref_type: 'branch' },
    },
  ],
): Promise<string> {
  const persons = testPolicy.people.map((person) =>
    person.subject === 'key:bob' ? { ...person, aliases: [`oidc:${people.issuer}|bob`] } : person,
  );
  const policy = policySchema.parse({ ...testPolicy, people: persons, robots });
  const nothing: unknown = {
    store: { keys: async () => [], key: async () => null },
    gateway: {},
    policy: { read: async () => ({ policy, digest: 'sha256:0' }) },
    now: Date.now,
    oidc: { issuer: people.issuer, audience: 'gantry', algorithms: ['ES256'], login: null },
    pipelineAudiences: audiences,
  };
  app = await buildApp(nothing as ApiDeps);
  return app.listen({ host: '127.0.0.1', port: 0 });
}

const ask = async (token: string) => {
  const answer = await app.inject({ url: '/v1/caller', headers: { authorization: `Bearer ${token}` } });
  return { status: answer.statusCode, ...answer.json<Record<string, unknown>>() };
};
const ofGitHub = (more: object = {}, header = {}) =>
  gitHub.sign({ ...gitHubRun, aud: audience, ...more }, { typ: 'JWT', ...header });
const ofGitLab = (more: object = {}) => gitLab.sign({ ...gitLabRun, aud: audience, ...more }, { typ: 'JWT' });
const seconds = () => Math.floor(Date.now() / 1_000);

describe('a token of a run', () => {
  it('is the robot of the policy that has its claims', async () => {
    await startApi();
    expect(await ask(await ofGitHub())).toEqual({
      status: 200,
      subject: `oidc:${gitHub.issuer}|shop`,
      name: 'Pipeline of shop',
      kind: 'robot',
      roles: [],
      may: ['request'],
      services: null,
      credential: {
        kind: 'token',
        id: null,
        scopes: null,
        expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]+\.000Z$/) as unknown,
      },
    });
    expect(await ask(await ofGitLab())).toMatchObject({ name: 'Pipeline of shop at GitLab', may: ['submit-evidence'] });
  });

  it('may what its robot may, and nothing else', async () => {
    await startApi();
    const headers = { authorization: `Bearer ${await ofGitHub()}` };
    for (const url of ['/v1/evidence', '/v1/deployments/shop.production.1/approve', '/v1/freezes'])
      expect((await app.inject({ method: 'POST', url, headers, payload: {} })).json()).toMatchObject({ status: 403 });
  });

  it.each<[string, () => Promise<string>]>([
    ['another repository', () => ofGitHub({ repository: 'acme/other' })],
    ['a fork', () => ofGitHub({ repository: 'mallory/shop', repository_owner: 'mallory' })],
    ['a pull request', () => ofGitHub({ event_name: 'pull_request', ref: 'refs/pull/7/merge' })],
    ['a pull request with the ref of its base', () => ofGitHub({ event_name: 'pull_request_target' })],
    ['another project of GitLab', () => ofGitLab({ project_path: 'acme/other', project_id: '21' })],
    ['a fork at GitLab', () => ofGitLab({ project_path: 'mallory/shop', namespace_path: 'mallory', project_id: '99' })],
    ['a merge request from a fork, in the project', () => ofGitLab({ pipeline_source: 'merge_request_event' })],
    ['a robot of the other CI', () => ofGitLab({ ...gitHubRun })],
    // Whoever can choose their subject does not become the robot of that name.
    ['its name as subject', () => ofGitHub({ sub: 'shop', repository: 'acme/other' })],
  ])('is nobody: %s', async (_what, token) => {
    await startApi();
    expect(await ask(await token())).toMatchObject({
      status: 403,
      code: 'forbidden',
      detail: expect.stringContaining('no robot with the claims of this run') as unknown,
    });
  });

  it.each<[string, () => Promise<string>]>([
    ['past', () => ofGitHub({ exp: seconds() - 31 })],
    ['not yet', () => ofGitHub({ nbf: seconds() + 40 })],
    ['past, of GitLab', () => ofGitLab({ exp: seconds() - 31 })],
    ['without an end', () => ofGitHub({ exp: undefined })],
    ['for another API', () => ofGitHub({ aud: 'https://gantry.example.evil' })],
    ['for the default audience of its CI', () => ofGitHub({ aud: 'https://github.com/acme' })],
    ['for another API, of GitLab', () => ofGitLab({ aud: 'https://gitlab.com' })],
    ['signed by another CI', () => gitLab.sign({ ...gitHubRun, aud: audience, iss: gitHub.issuer }, { typ: 'JWT' })],
    ['of another kind', () => ofGitHub({}, { typ: 'logout+jwt' })],
  ])('does not count: %s', async (_what, token) => {
    await startApi();
    expect(await ask(await token())).toMatchObject({ status: 401, code: 'unauthenticated' });
  });

  it('of an issuer that the policy does not name makes the API call nobody', async () => {
    await startApi([{ subject: `oidc:${gitLab.issuer}|shop`, name: 'x', may: [], claims: { project_id: 20 } }]);
    expect(await ask(await ofGitHub())).toMatchObject({ status: 401 });
    // A robot without claims does not make its issuer one of pipelines.
    await app.close();
    await startApi([{ subject: `oidc:${gitHub.issuer}|${gitHubRun.sub}`, name: 'x', may: [] }]);
    expect(await ask(await ofGitHub())).toMatchObject({ status: 401 });
    expect(gitHub.asked()).toBe(0);
  });

  it('counts nowhere where no address says whom it has to be meant for', async () => {
    audiences = [];
    await startApi();
    expect(await ask(await ofGitHub())).toMatchObject({
      status: 401,
      detail: expect.stringContaining('GANTRY_PUBLIC_URL') as unknown,
    });
    expect(gitHub.asked()).toBe(0);
  });
});

describe('an issuer of people and of pipelines', () => {
  it('tells them apart: a run is its robot, a person who they are, and nobody is a robot by name', async () => {
    audiences = [audience, 'gantry'];
    await startApi([
      { subject: `oidc:${people.issuer}|shop`, name: 'Pipeline', may: [], claims: { project_path: 'acme/shop' } },
    ]);
    expect(await ask(await people.sign({ ...gitLabRun }))).toMatchObject({ name: 'Pipeline', kind: 'robot' });
    expect(await ask(await people.sign({ sub: 'bob' }))).toMatchObject({ name: 'Bob May', kind: 'person' });
    expect(await ask(await people.sign({ sub: 'shop' }))).toMatchObject({ status: 403 });
    expect(await ask(await people.sign({ ...gitLabRun, pipeline_source: 'merge_request_event' }))).toMatchObject({
      status: 403,
    });
  });
});

describe('the command line in a pipeline without a key', () => {
  let ci: Server;
  let asked: { readonly url: string; readonly authorization: string | undefined }[];
  let token: () => Promise<string>;
  beforeAll(async () => {
    ci = createServer((request, response) => {
      asked.push({ url: request.url ?? '', authorization: request.headers.authorization });
      void token().then(
        (value) => response.end(JSON.stringify({ value })),
        () => response.writeHead(500).end('{}'),
      );
    });
    await new Promise<void>((resolve) => ci.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(() => {
    asked = [];
    token = () => ofGitHub();
  });
  afterAll(() => ci.close());

  const environment = (GANTRY_API: string) => ({
    GANTRY_API,
    GITHUB_ACTIONS: 'true',
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(ci.address() as AddressInfo).port}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-the-job',
  });
  const caller = async (variables: Readonly<Record<string, string>>) =>
    (await (await openApi({}, variables)).GET('/v1/caller')).data;

  it('asks GitHub for a token for this very API, and keeps it as long as it lasts', async () => {
    const url = await startApi();
    const api = await openApi({}, environment(url));
    for (let i = 0; i < 3; i += 1)
      expect((await api.GET('/v1/caller')).data).toMatchObject({ name: 'Pipeline of shop' });
    expect(asked).toEqual([
      { url: `/token?api-version=2.0&audience=${encodeURIComponent(url)}`, authorization: 'Bearer of-the-job' },
    ]);
  });

  it('asks for another one before the first has ended', async () => {
    token = () => ofGitHub({ exp: seconds() + 60 });
    const api = await openApi({}, environment(await startApi()));
    for (let i = 0; i < 2; i += 1) await api.GET('/v1/caller');
    expect(asked).toHaveLength(2);
  });

  it('takes the token that GitLab has made for the job', async () => {
    const url = await startApi();
    expect(await caller({ GANTRY_API: url, GANTRY_ID_TOKEN: await ofGitLab() })).toMatchObject({
      name: 'Pipeline of shop at GitLab',
    });
  });

  it('asks nobody where there is a key, and says what a job lacks', async () => {
    const url = await startApi();
    await expect(caller({ ...environment(url), GANTRY_TOKEN: `gtk_${'a'.repeat(60)}` })).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    expect(asked).toEqual([]);
    for (const [variables, advice] of [
      [{ GITHUB_ACTIONS: 'true' }, 'id-token: write'],
      [{ GITLAB_CI: 'true' }, 'id_tokens'],
      [{}, 'gantry login'],
    ] as const)
      await expect(caller({ GANTRY_API: url, ...variables })).rejects.toMatchObject({
        code: 'unauthenticated',
        message: expect.stringContaining(advice) as unknown,
      });
  });

  it('tells neither the token nor what it was asked for with, and sends that nowhere in the clear', async () => {
    const url = await startApi();
    const failure = (more: object = {}) =>
      caller({ ...environment(url), ...more }).catch((error: unknown) => error as GantryError);
    token = () => Promise.reject(new Error('none'));
    for (const [error, why] of [
      [await failure(), 'it answers 500'],
      [await failure({ ACTIONS_ID_TOKEN_REQUEST_URL: 'http://ci.example/token' }), 'no https address'],
    ] as const) {
      expect(error).toMatchObject({ code: 'identity-unavailable', message: expect.stringContaining(why) as unknown });
      expect(JSON.stringify(error) + (error as GantryError).message).not.toContain('of-the-job');
    }
    expect(asked).toHaveLength(1);
  });
});
