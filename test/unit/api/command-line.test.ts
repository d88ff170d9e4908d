import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../../src/api/app.ts';
import type { ApiDeps, Build } from '../../../src/api/deps.ts';

const commandLine = Buffer.from('a package');
const nothing: unknown = { store: {}, gateway: {}, oidc: null, now: Date.now };
const apiOf = (build: Build) => buildApp({ ...(nothing as ApiDeps), build });
let app: Awaited<ReturnType<typeof buildApp>>;
beforeAll(async () => {
  app = await apiOf({ version: '9.9.9', commandLine });
});
afterAll(() => app.close());

describe('GET /cli.tgz', () => {
  it('is the command line of the version that serves, for whoever asks, with its version', async () => {
    const answer = await app.inject('/cli.tgz');
    expect(answer.statusCode).toBe(200);
    expect(answer.rawPayload).toEqual(commandLine);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/gzip',
      'content-length': String(commandLine.length),
      'cache-control': 'public, no-cache',
      'gantry-version': '9.9.9',
    });
  });

  it('is sent once to whoever keeps it, until there is another one', async () => {
    const { etag } = (await app.inject('/cli.tgz')).headers;
    const ask = (tag: unknown, of = app) => of.inject({ url: '/cli.tgz', headers: { 'if-none-match': String(tag) } });
    const unchanged = await ask(`"other", ${String(etag)}`);
    expect(unchanged).toMatchObject({ statusCode: 304, body: '' });
    expect(unchanged.headers).toMatchObject({ etag, 'cache-control': 'public, no-cache' });
    const next = await apiOf({ version: '9.9.9', commandLine: Buffer.from('another') });
    expect((await ask(etag, next)).statusCode).toBe(200);
    await next.close();
  });

  it('is not found, and that is not kept, where it was not built', async () => {
    const without = await apiOf({ version: '9.9.9', commandLine: null });
    const answer = await without.inject('/cli.tgz');
    expect(answer.json()).toMatchObject({ status: 404, code: 'not-found' });
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'gantry-version': '9.9.9' });
    await without.close();
  });
});
