import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { isRefused } from '../../../src/adapters/http/refused-addresses.ts';
import { createAdapters, openSecrets } from '../../../src/adapters/index.ts';
import type { AdapterContext, SecretReader } from '../../../src/domain/kinds/adapter.ts';
import { contextFor } from '../../support/adapter-context.ts';

const catalog = createAdapters();
const folders: string[] = [];
const servers: { close(): void; closeAllConnections?(): void }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections?.();
    server.close();
  }
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server: Server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
/** A server that accepts connections and hangs up. */
async function hangingUp(scheme: 'http' | 'https'): Promise<string> {
  const server = createTcp((socket) => socket.on('error', () => undefined).once('data', () => socket.destroy()));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
async function secretsOf(value: string): Promise<SecretReader> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-http-'));
  folders.push(folder);
  await writeFile(join(folder, 'key'), value);
  return openSecrets(folder)();
}
async function closedPort(): Promise<number> {
  const server = createTcp();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
const act = (spec: object, context: Partial<AdapterContext> = {}) => {
  const adapter = catalog.actions.get('http');
  return adapter?.run(adapter.schema.parse(spec), contextFor(context));
};
const measure = (kind: string, spec: object, context: Partial<AdapterContext> = {}) => {
  const adapter = catalog.checks.get(kind);
  return adapter?.measure(adapter.schema.parse(spec), contextFor(context));
};

describe('the http action', () => {
  it('sends its body once, with who acts and an idempotency key', async () => {
    const seen: { method?: string | undefined; headers: IncomingMessage['headers']; body: string }[] = [];
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        seen.push({ method: request.method, headers: request.headers, body });
        response.writeHead(204).end();
      });
    });
    const outcome = await act({ http: url, method: 'PUT', body: { slot: 'green' }, headers: { 'X-Own': 'a' } });
    expect(outcome).toMatchObject({ kind: 'completed', summary: '204', observed: { status: 204 } });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      method: 'PUT',
      body: '{"slot":"green"}',
      headers: {
        'content-type': 'application/json',
        'x-own': 'a',
        'gantry-deployment': 'shop.production.7',
        'gantry-fence': '7',
        'gantry-step': 'switch',
        'gantry-step-key': 'shop.production.7/switch',
        'idempotency-key': 'shop.production.7/switch',
      },
    });
  });

  it('sends what was escaped as it was meant, once, in whatever part', async () => {
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        seen.push([request.url, request.headers['x-own'], body]);
        response.end(JSON.stringify({ told: '${release}' }));
      });
    });
    const secrets = await secretsOf('very-secret-value');
    const sent = { headers: { 'x-own': '$${secret:key}' }, body: { deep: ['$${secret:key}', '$$${release}'] } };
    expect(await act({ http: `${url}/there`, ...sent }, { secrets })).toMatchObject({ kind: 'completed' });
    await act({ http: url, body: '$${release}' });
    const json = { '/told': '$${release}' };
    expect(await measure('http', { http: url, json })).toMatchObject({ verdict: 'passed' });
    expect(await measure('availability', { availability: `${url}/there` })).toMatchObject({ verdict: 'passed' });
    expect(seen).toEqual([
      ['/there', '${secret:key}', '{"deep":["${secret:key}","$${release}"]}'],
      ['/', undefined, '${release}'],
      ['/', undefined, ''],
      ['/there', undefined, ''],
    ]);
  });

  it('has failed with another status, and follows no redirect', async () => {
    let visits = 0;
    const url = await serve((request, response) => {
      visits += 1;
      if (request.url === '/moved') response.writeHead(302, { location: '/elsewhere' }).end();
      else response.writeHead(409).end('no');
    });
    expect(await act({ http: url })).toMatchObject({ kind: 'failed', summary: '409' });
    expect(await act({ http: url, status: [200, 409] })).toMatchObject({ kind: 'completed' });
    expect(await act({ http: `${url}/moved` })).toMatchObject({ kind: 'failed', summary: '302' });
    expect(visits).toBe(3);
  });

  it.each([
    [500, 'failed'],
    [503, 'failed'],
    [502, 'unknown'],
    [504, 'unknown'],
  ])('takes %i for %s: a gateway that got no answer does not know either', async (status, kind) => {
    const url = await serve((_, response) => response.writeHead(status).end());
    expect(await act({ http: url })).toMatchObject({ kind, summary: String(status) });
    expect(await act({ http: url, status })).toMatchObject({ kind: 'completed' });
  });

  it('distinguishes requests that were not sent from those with an unknown outcome', async () => {
    const cut = await serve((request) => request.socket.destroy());
    let arrived = () => {};
    const silent = await serve(() => arrived());
    expect(await act({ http: `http://127.0.0.1:${await closedPort()}` })).toMatchObject({
      kind: 'not-started',
      summary: 'connection refused',
    });
    expect(await act({ http: 'http://no-such-host.invalid/' })).toMatchObject({ kind: 'not-started' });
    expect(await act({ http: cut.replace('http:', 'https:') })).toMatchObject({ kind: 'not-started' });
    expect(await act({ http: await hangingUp('https') })).toMatchObject({ kind: 'not-started' });
    expect(await act({ http: await hangingUp('http') })).toMatchObject({ kind: 'unknown' });
    expect(await act({ http: cut })).toMatchObject({ kind: 'unknown' });
    expect(await act({ http: silent }, { timeoutMs: 200 })).toMatchObject({
      kind: 'unknown',
      summary: 'no answer within 0.200 s',
    });
    const stop = new AbortController();
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const running = act({ http: silent }, { signal: stop.signal });
    await arrival;
    stop.abort();
    expect(await running).toMatchObject({ kind: 'unknown', summary: 'cancelled' });
    const none = act({ http: silent }, { signal: AbortSignal.abort() });
    expect(await none).toMatchObject({ kind: 'not-started', summary: 'cancelled' });
  });

  it('was never started where a secret makes no header, for nothing was sent', async () => {
    let visits = 0;
    const http = await serve((_, response) => {
      visits += 1;
      response.end();
    });
    const secrets = await secretsOf('first-line\nsecond-line');
    const outcome = await act({ http, headers: { authorization: 'Bearer ${secret:key}' } }, { secrets });
    expect(outcome).toMatchObject({ kind: 'not-started', summary: 'the request is none that HTTP allows' });
    expect(visits).toBe(0);
  });

  it('reads at most 1 MiB of an answer, even of one that never ends', async () => {
    const endless = await serve((_, response) => {
      const chunk = Buffer.alloc(65_536, 'x');
      const more = () => {
        while (response.write(chunk));
        response.once('drain', more);
      };
      more();
    });
    expect(await act({ http: endless })).toMatchObject({ kind: 'unknown', observed: { bytes: 1024 * 1024 } });
    expect(await measure('http', { http: endless })).toMatchObject({ verdict: 'failed' });
  });
});

describe('the http check', () => {
  it('compares status and named values, and keeps no body', async () => {
    const url = await serve((_, response) =>
      response.end('{"release":"1.4.2","deep":{"a/b":[1,{"n":null}]},"other":"unseen"}'),
    );
    const json = { '/release': '1.4.2', '/deep/a~1b/1': { n: null } };
    const good = await measure('http', { http: url, json });
    expect(good).toMatchObject({ verdict: 'passed', observed: { status: 200, '/release': '"1.4.2"' } });
    expect(JSON.stringify(good)).not.toContain('unseen');
    expect(await measure('http', { http: url, json: { '/release': '1.4.1' } })).toMatchObject({
      verdict: 'failed',
      summary: '200, /release is "1.4.2"',
    });
    for (const missing of ['/nothing', '/deep/a~1b/7', '/release/length', '/__proto__'])
      expect(await measure('http', { http: url, json: { [missing]: 1 } })).toMatchObject({
        verdict: 'failed',
        summary: `200, ${missing} is missing`,
      });
    expect(await measure('http', { http: url, status: 204 })).toMatchObject({ verdict: 'failed' });
  });

  it('shows no part of a secret that an answer gives back, wherever it is cut', async () => {
    const url = await serve((request, response) =>
      response.end(JSON.stringify({ said: `${'y'.repeat(185)}${request.headers.authorization}` })),
    );
    const secrets = await secretsOf('very-secret-value');
    const spec = { http: url, headers: { authorization: '${secret:key}' }, json: { '/said': 'other' } };
    const measured = await measure('http', spec, { secrets });
    expect(measured?.verdict).toBe('failed');
    expect(JSON.stringify(measured)).not.toContain('very');
    expect(JSON.stringify(measured)).toContain('[secret:key]');
  });

  it('fails on values that are not as expected, however odd', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const url = await serve((request, response) =>
      response.end(request.url === '/deep' ? `{"a":${deep}}` : '{"a":{"b":[1,2],"c":"\\ud800"}}'),
    );
    for (const wanted of [{ b: [1, 2] }, { b: [2, 1], c: 'x' }, { b: { 0: 1, 1: 2 }, c: 'x' }, [], null, '1', 0])
      expect(await measure('http', { http: url, json: { '/a': wanted } })).toMatchObject({ verdict: 'failed' });
    expect(await measure('http', { http: url, json: { '/a/b': [1, 2] } })).toMatchObject({ verdict: 'passed' });
    expect(await measure('http', { http: `${url}/deep`, json: { '/a': [] } })).toMatchObject({
      verdict: 'failed',
      // Node 26 prints what was too deep for the ones before; it is cut, as every summary is.
      summary: expect.stringMatching(/^200, \/a is (too deep to show$|\[{100,1000}[^\]]*$)/),
    });
  });

  it('fails on what is not JSON, on a redirect and on a refused connection', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/moved') response.writeHead(301, { location: '/' }).end();
      else response.end('<html>');
    });
    expect(await measure('http', { http: url, json: { '/a': 1 } })).toMatchObject({
      verdict: 'failed',
      summary: '200, the answer is not JSON',
    });
    expect(await measure('http', { http: `${url}/moved` })).toMatchObject({ verdict: 'failed' });
    expect(await measure('http', { http: `http://127.0.0.1:${await closedPort()}` })).toMatchObject({
      verdict: 'failed',
    });
  });

  it.each([
    ['within both limits', '{"n":0.01}', 'passed', '/n is 0.01'],
    ['at its greatest', '{"n":0.02}', 'passed', '/n is 0.02'],
    ['at its smallest', '{"n":0}', 'passed', '/n is 0'],
    ['too large', '{"n":0.021}', 'failed', '/n is 0.021: > 0.02'],
    ['too small', '{"n":-1}', 'failed', '/n is -1: < 0'],
    ['absent', '{"m":0.01}', 'inconclusive', '/n is missing'],
    ['null, as JSON has NaN', '{"n":null}', 'inconclusive', '/n is null'],
    ['too large to be exact', '{"n":9007199254740993}', 'inconclusive', '/n is too large to be exact'],
    ['beyond all numbers', '{"n":1e999}', 'inconclusive', '/n is too large to be exact'],
    ['in quotes', '{"n":"0.01"}', 'failed', '/n is "0.01", no number'],
    ['a truth', '{"n":true}', 'failed', '/n is true, no number'],
    ['a list', '{"n":[0.01]}', 'failed', '/n is [0.01], no number'],
    ['in no JSON', '0.01%', 'failed', 'the answer is not JSON'],
    ['in nothing', '', 'failed', 'the answer is not JSON'],
  ])('holds a number that is %s to its limits', async (_, body, verdict, summary) => {
    const http = await serve((__, response) => response.end(body));
    expect(await measure('http', { http, number: { '/n': { min: 0, max: 0.02 } } })).toMatchObject({
      verdict,
      summary: expect.stringContaining(summary) as string,
    });
  });

  it('has failed by one number, even if others could not be measured', async () => {
    const http = await serve((_, response) => response.end('{"a":null,"b":9,"c":"x"}'));
    const number = { '/a': { max: 1 }, '/b': { max: 1 } };
    expect(await measure('http', { http, number })).toMatchObject({
      verdict: 'failed',
      readBack: 'not-done',
      observed: { '/a': 'null', '/b': '9' },
    });
    const untold = await measure('http', { http, number: { '/a': { max: 1 }, '/b': { min: 1 } }, json: { '/c': 'x' } });
    expect(untold).toMatchObject({ verdict: 'inconclusive' });
    expect(untold).not.toHaveProperty('readBack');
    expect(await measure('http', { http, number: { '/b': { min: 1 } }, json: { '/c': 'y' } })).toMatchObject({
      verdict: 'failed',
    });
  });

  it('asks for an address byte for byte as it is written', async () => {
    const asked: (string | undefined)[] = [];
    const origin = (
      await serve((request, response) => {
        asked.push(request.url);
        response.end();
      })
    ).replace(/\/$/, '');
    const paths = [
      '',
      '/',
      '/a//b',
      '/a%2Fb%20c',
      "/a;b=1,2:@!$&()*+~'",
      '/?q=a+b%2B&&c',
      '/a?b=/?c',
      '/%C3%A9',
      '/a...b/.c',
    ];
    for (const path of paths)
      expect(await measure('http', { http: `${origin}${path}` })).toMatchObject({ verdict: 'passed' });
    expect(asked).toEqual(paths.map((path) => path || '/'));
  });

  it.each(['/a/../b', '/a/./b', '/a/%2e%2E/b', '/a\\b', '/a b', '/é', '/a#b', '/a?b c', '/a\tb', '?q', '/{a}'])(
    'refuses an address that would be asked for as another: %s',
    (path) => {
      const spec = { http: `http://shop.example${path}` };
      for (const kind of ['http', 'availability'])
        expect(catalog.checks.get(kind)?.schema.safeParse({ ...spec, [kind]: spec.http }).success).toBe(false);
      expect(catalog.actions.get('http')?.schema.safeParse({ ...spec, method: 'PUT' }).success).toBe(false);
    },
  );

  it.each([
    ['the whole answer', '', { list: ['a', 'b'], '': { '~/': 1 } }, 'passed'],
    ['an item by its number', '/list/1', 'b', 'passed'],
    ['a name without letters, and one of both escapes', '//~0~1', 1, 'passed'],
    ['the length of a list', '/list/length', 2, 'failed'],
    ['a number with a zero before it', '/list/01', 'b', 'failed'],
    ['the item behind the last', '/list/-', 'b', 'failed'],
    ['what every object has', '/list/constructor', 'b', 'failed'],
  ])('finds what a JSON pointer names, and nothing else: %s', async (_, pointer, wanted, verdict) => {
    const http = await serve((__, response) => response.end('{"list":["a","b"],"":{"~/":1}}'));
    expect(await measure('http', { http, json: { [pointer]: wanted } })).toMatchObject({ verdict });
  });

  it.each([
    ['no limit', { number: { '/n': {} } }, 'it can never fail: give min, max or both'],
    ['limits that cross', { number: { '/n': { min: 2, max: 1 } } }, 'it can never pass: min is greater than max'],
    ['no pointer', { number: {} }, 'name a pointer, or it can never fail'],
    ['a name for a pointer', { number: { n: { max: 1 } } }, 'Invalid key in record'],
    [
      'a limit beyond exact numbers',
      { number: { '/n': { max: 2 ** 53 } } },
      'Too big: expected number to be <=9007199254740991',
    ],
    [
      'an answer without a body',
      { method: 'HEAD', number: { '/n': { max: 1 } } },
      'it can never pass: an answer to HEAD has no body to look into',
    ],
    [
      'an answer without a body',
      { method: 'HEAD', json: { '/n': 1 } },
      'it can never pass: an answer to HEAD has no body to look into',
    ],
  ])('refuses numbers with %s', (_, more, message) => {
    const read = catalog.checks.get('http')?.schema.safeParse({ http: 'http://127.0.0.1/', ...more });
    expect(read?.error?.issues.map((issue) => issue.message)).toContain(message);
  });

  it('errs when it could not measure: timeout, DNS, TLS, a cut connection', async () => {
    const silent = await serve(() => {});
    const cut = await serve((request) => request.socket.destroy());
    expect(await measure('http', { http: silent }, { timeoutMs: 100 })).toMatchObject({ verdict: 'error' });
    expect(await measure('http', { http: 'http://no-such-host.invalid/' })).toMatchObject({ verdict: 'error' });
    expect(await measure('http', { http: silent.replace('http:', 'https:') }, { timeoutMs: 1_000 })).toMatchObject({
      verdict: 'error',
    });
    expect(await measure('http', { http: cut })).toMatchObject({ verdict: 'error' });
  });

  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://[fe80::1]/',
    'http://[::ffff:169.254.169.254]/',
    'http://0.0.0.0/',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://user:pass@127.0.0.1/',
    'ftp://127.0.0.1/',
    'file:///etc/passwd',
    '/relative',
  ])('refuses %s', (http) => {
    for (const kinds of [catalog.actions, catalog.checks])
      expect(kinds.get('http')?.schema.safeParse({ http }).success).toBe(false);
    expect(catalog.checks.get('availability')?.schema.safeParse({ availability: http }).success).toBe(false);
  });

  it('evaluates the address that is connected to', () => {
    for (const bad of [
      '169.254.0.1',
      '::ffff:0:169.254.169.254',
      'fe80::1%eth0',
      '::',
      '0.1.2.3',
      'fd00:ec2::254',
      'fd00:ec2::23',
      'fd00:ec2:0:0::0fe',
      'fd20:ce::254',
      'fd00:42::42',
      '::a9fe:a9fe',
      '::169.254.169.254',
      '::ffff:168.63.129.16',
      '::ffff:6464:64c8',
      '64:ff9b:1::a9fe:a9fe',
      '224.0.0.1',
      '64:ff9b::a9fe:a9fe',
      'nonsense',
    ])
      expect(isRefused(bad)).toBe(true);
    for (const good of [
      '127.0.0.1',
      '::1',
      '10.0.0.1',
      '192.168.1.1',
      '93.184.216.34',
      'fd00::1',
      'fd00:42::1',
      '::ffff:10.0.0.1',
      '2606:4700::1',
    ])
      expect(isRefused(good)).toBe(false);
  });

  it.each([
    ['a header with a line break', { http: 'http://127.0.0.1/', headers: { a: 'b\r\nc: d' } }],
    ['a header of ours', { http: 'http://127.0.0.1/', headers: { 'Gantry-Fence': '9' } }],
    ['a status that is none', { http: 'http://127.0.0.1/', status: 99 }],
    ['a pointer that is none', { http: 'http://127.0.0.1/', json: { release: 1 } }],
    ['an unknown option', { http: 'http://127.0.0.1/', follow: true }],
    ['an absence that would pass', { http: 'http://127.0.0.1/', status: [200, 404], absent: 404 }],
    ['an absence that passes as any 2xx does', { http: 'http://127.0.0.1/', absent: [404, 204] }],
  ])('refuses %s', (_what, spec) => {
    expect(catalog.checks.get('http')?.schema.safeParse(spec).success).toBe(false);
  });
});

describe('the tcp check', () => {
  it('distinguishes accepted, refused and unknown', async () => {
    const server = createTcp((socket) => socket.destroy());
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await measure('tcp', { tcp: `127.0.0.1:${port}` })).toMatchObject({
      verdict: 'passed',
      summary: 'connected',
    });
    expect(await measure('tcp', { tcp: `localhost:${port}` })).toMatchObject({ verdict: 'passed' });
    expect(await measure('tcp', { tcp: `127.0.0.1:${await closedPort()}` })).toMatchObject({ verdict: 'failed' });
    expect(await measure('tcp', { tcp: 'no-such-host.invalid:80' })).toMatchObject({ verdict: 'error' });
    expect(await measure('tcp', { tcp: '169.254.169.254:80' })).toMatchObject({
      verdict: 'error',
      summary: 'address refused: link-local, metadata or unspecified',
    });
    // No address as it is written, but one for the resolver: evaluated when it is connected to.
    expect(await measure('tcp', { tcp: '2852039166:80' })).toMatchObject({
      verdict: 'error',
      summary: 'not reachable (address-refused)',
    });
    for (const tcp of ['127.0.0.1', '127.0.0.1:0', '127.0.0.1:65536', 'a b:80', ':80'])
      expect(catalog.checks.get('tcp')?.schema.safeParse({ tcp }).success).toBe(false);
  });
});

describe('the availability check', () => {
  it('names the release that answered, and counts silence as a failure', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/unnamed') response.end();
      else if (request.url === '/odd') response.writeHead(200, { 'x-release': 'a b<script>' }).end();
      else response.writeHead(request.url === '/bad' ? 500 : 200, { 'x-release': '1.4.2' }).end();
    });
    const probe = (path: string) => measure('availability', { availability: `${url}${path}` });
    expect(await probe('/')).toMatchObject({ verdict: 'passed', answeredBy: '1.4.2' });
    expect(await probe('/bad')).toMatchObject({ verdict: 'failed', answeredBy: '1.4.2' });
    expect(await probe('/unnamed')).toMatchObject({ verdict: 'passed', answeredBy: 'unnamed' });
    expect(await probe('/odd')).toMatchObject({ verdict: 'passed', answeredBy: 'unnamed' });
    const half = await serve((_, response) => {
      response.writeHead(200, { 'x-release': '1.4.3', 'content-length': 10 }).write('half');
    });
    expect(await measure('availability', { availability: half }, { timeoutMs: 300 })).toMatchObject({
      verdict: 'failed',
      answeredBy: '1.4.3',
    });
    const silent = await serve(() => {});
    expect(await measure('availability', { availability: silent }, { timeoutMs: 100 })).toMatchObject({
      verdict: 'failed',
      answeredBy: 'nobody',
    });
    expect(await measure('availability', { availability: `http://127.0.0.1:${await closedPort()}` })).toMatchObject({
      verdict: 'failed',
      answeredBy: 'nobody',
    });
  });
});
