import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSource } from '../../../src/adapters/configuration/read-source.ts';
import { askHelper } from '../../../src/adapters/process/helper.ts';
import { openSecrets } from '../../../src/adapters/secrets.ts';
import type { PlannedSource } from '../../../src/domain/plan/configuration.ts';
import { holdSignal } from '../../../src/system/time-limit.ts';

let folder: string;
let server: Server;
let url: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-configuration-'));
  await mkdir(join(folder, 'secrets'));
  await writeFile(join(folder, 'secrets', 'token'), 'token-of-the-shop');
  server = createServer((request, response) => {
    const { authorization = '' } = request.headers;
    if (request.url === '/hang') return;
    if (request.url === '/large') return void response.end(JSON.stringify({ a: 'x'.repeat(2 * 1024 * 1024) }));
    if (request.url === '/moved') return void response.writeHead(302, { location: '/config' }).end();
    response.end(JSON.stringify({ color: 'red', limits: { max: 5 }, password: 'p4ssw0rd', said: authorization }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

async function read(
  source: Omit<PlannedSource, 'id'> & { readonly id?: string },
  digestKey: Uint8Array | null = new Uint8Array(32),
  limitMs = 10_000,
  deployment = 'shop.production.1',
) {
  const limit = holdSignal([], limitMs);
  try {
    return await readSource(
      { id: 'app', ...source },
      {
        identity: { deployment, fence: 1, step: 'app', stepKey: 'k' },
        folder: null,
        secrets: openSecrets(join(folder, 'secrets'))(),
        signal: limit.signal,
        timeoutMs: limitMs,
      },
      { digestKey, closedFolders: [join(folder, 'secrets')] },
    );
  } finally {
    limit.release();
  }
}
const plain = (...keys: readonly string[]) => keys.map((key) => ({ key, secret: false }));

describe('a source', () => {
  it('behind HTTP gives values, absences and digests, and shows no secret of its own', async () => {
    const headers = { authorization: 'Bearer ${secret:token}' };
    const keys = [...plain('color', 'limits/max', 'none', 'said'), { key: 'password', secret: true }];
    const readings = await read({ kind: 'http', spec: { http: `${url}/config`, headers }, keys });
    expect(readings).toMatchObject([
      { key: 'color', state: 'value', shown: 'red' },
      { key: 'limits/max', state: 'value', shown: '5' },
      { key: 'none', state: 'absent', digest: null },
      { key: 'said', state: 'value', shown: 'Bearer [secret:token]' },
      { key: 'password', state: 'secret', shown: '' },
    ]);
    expect(JSON.stringify(readings)).not.toContain('p4ssw0rd');
    const other = await read(
      { kind: 'http', spec: { http: `${url}/config` }, keys: [{ key: 'password', secret: true }] },
      new Uint8Array(32).fill(1),
    );
    expect(other[0]?.digest).not.toBe(readings[4]?.digest);
    const without = await read(
      { kind: 'http', spec: { http: `${url}/config` }, keys: [{ key: 'password', secret: true }] },
      null,
    );
    expect(without).toMatchObject([{ state: 'unreadable', shown: expect.stringContaining('no configuration-key') }]);
  });

  it('in a file or of a command is read as JSON or as lines', async () => {
    await writeFile(join(folder, 'shop.env'), 'LEVEL=info\n');
    expect(await read({ kind: 'file', spec: { file: join(folder, 'shop.env') }, keys: plain('LEVEL') })).toMatchObject([
      { state: 'value', shown: 'info' },
    ]);
    const command = [process.execPath, '-p', 'JSON.stringify({ a: { b: [1] } })'];
    expect(await read({ kind: 'command', spec: { command }, keys: plain('a/b') })).toMatchObject([
      { state: 'value', shown: '[1]' },
    ]);
  });

  it('of a command is what it prints to standard output, byte for byte', async () => {
    const printing = (...lines: readonly string[]) => ({
      command: [process.execPath, '-e', lines.join(';')],
      env: { TOKEN: '${secret:token}' },
    });
    const noise = "console.error('a warning')";
    const one = "console.log(JSON.stringify({ a: process.env.TOKEN, b: '  two  spaces ' }))";
    const other = "console.log(JSON.stringify({ a: encodeURIComponent(process.env.TOKEN) + '!', b: 1 }))";
    const [first, second] = await Promise.all([
      read({ kind: 'command', spec: printing(noise, one), keys: plain('a', 'b') }),
      read({ kind: 'command', spec: printing(one), keys: plain('a', 'b') }),
    ]);
    expect(first).toEqual(second);
    expect(first).toMatchObject([{ shown: '[secret:token]' }, { shown: 'two spaces' }]);
    const [changed] = await read({ kind: 'command', spec: printing(other), keys: plain('a') });
    expect(changed?.shown).toBe('[secret:token]!');
    expect(changed?.digest).not.toBe(first?.[0]?.digest);
    const latin = 'process.stdout.write(Buffer.from([0x41, 0x3d, 0xe9]))';
    expect(await read({ kind: 'command', spec: printing(latin), keys: plain('A') })).toMatchObject([
      { state: 'unreadable', shown: 'not in UTF-8' },
    ]);
  });

  it('shows no secret value that another key repeats, and has no digest that can be tried', async () => {
    const keys = [...plain('url', 'long', 'port'), { key: 'password', secret: true }];
    const text = JSON.stringify({
      url: 'db://shop:p4ssw0rd-of-db@db',
      long: 'x'.repeat(100),
      port: 5432,
      password: 'p4ssw0rd-of-db',
    });
    const source = { kind: 'command', spec: { command: ['/bin/echo', text] }, keys } as const;
    const keyed = await read(source);
    expect(keyed.map(({ shown }) => shown)).toEqual(['db://shop:[secret:password]@db', 'x'.repeat(80), '5432', '']);
    expect(new Set(keyed.map(({ keyId }) => keyId)).size).toBe(1);
    expect(keyed[0]?.keyId).toMatch(/^[0-9a-f]{8}$/);
    const without = await read(source, null);
    const missing = 'and there is no configuration-key to compare it by';
    expect(without).toMatchObject([
      { state: 'unreadable', shown: `not shown whole, ${missing}` },
      { state: 'unreadable', shown: `not shown whole, ${missing}` },
      { state: 'value', shown: '5432', keyId: null },
      { state: 'unreadable', shown: `a secret, ${missing}` },
    ]);
    expect(JSON.stringify([keyed, without])).not.toContain('p4ssw0rd');
  });

  it('has digests that differ from those of another key, source or target with the same value', async () => {
    const keys = [
      { key: 'A', secret: true },
      { key: 'B', secret: true },
    ];
    const source = {
      kind: 'command',
      spec: { command: ['/usr/bin/printf', 'A=same-secret\nB=same-secret\n'] },
      keys,
    } as const;
    const readings = await Promise.all([
      read(source),
      read({ ...source, id: 'other' }),
      read(source, undefined, undefined, 'shop.staging.1'),
      read(source, new Uint8Array(32).fill(1)),
    ]);
    const [next] = await read(source, undefined, undefined, 'shop.production.2');
    expect(next).toEqual(readings[0]?.[0]);
    expect(new Set(readings.flat().map(({ digest }) => digest)).size).toBe(8);
    expect(readings[3]?.[0]?.keyId).not.toBe(readings[0]?.[0]?.keyId);
  });

  it('is no file of the system or of the secrets, whatever links lead there', async () => {
    const inFolder = (name: string) => join(folder, name);
    await symlink('/proc/self/environ', inFolder('environ'));
    await symlink(inFolder('secrets'), inFolder('around'));
    const shown = async (file: string) => (await read({ kind: 'file', spec: { file }, keys: plain('a') }))[0]?.shown;
    const closed = 'it lies where configuration is never read from';
    expect(
      await Promise.all(
        [
          '/proc/self/environ',
          inFolder('environ'),
          '/dev/zero',
          inFolder('secrets/token'),
          inFolder('around/token'),
        ].map(shown),
      ),
    ).toEqual([closed, closed, closed, closed, closed]);
  });

  it('on a file system that hangs blocks nothing for longer than its time', async () => {
    // A helper that never answers stands for it: it is ended as one is that waits for a file.
    const began = performance.now();
    const end = await askHelper({
      name: '../../support/hanging-helper.mjs',
      beside: import.meta.url,
      job: {},
      cwd: '/',
      env: {},
      signal: new AbortController().signal,
      limitMs: 500,
    });
    expect(end).toEqual({ kind: 'late' });
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('that cannot be read gives the reason for each key, in time', async () => {
    await promisify(execFile)('mkfifo', [join(folder, 'pipe')]);
    await writeFile(join(folder, 'page.html'), '<html>');
    await writeFile(join(folder, 'large.env'), `A=${'x'.repeat(1024 * 1024)}`);
    await writeFile(join(folder, 'empty.env'), '');
    const why = async (kind: PlannedSource['kind'], spec: PlannedSource['spec'], limitMs?: number) => {
      const readings = await read({ kind, spec, keys: plain('a', 'b') }, null, limitMs);
      expect(readings.map(({ state, digest }) => [state, digest])).toEqual(
        Array.from({ length: 2 }, () => ['unreadable', null]),
      );
      return readings[0]?.shown;
    };
    const inFolder = (name: string) => ({ file: join(folder, name) });
    expect(
      await Promise.all([
        why('http', { http: `${url}/large` }),
        why('http', { http: `${url}/moved` }),
        why('http', { http: `${url}/hang` }, 500),
        why('http', { http: 'http://127.0.0.1:1/' }),
        why('http', { http: 'http://127.0.0.1:1/', headers: { a: '${secret:none}' } }),
        why('file', inFolder('none.env')),
        why('file', inFolder('pipe')),
        why('file', inFolder('page.html')),
        why('file', inFolder('large.env')),
        why('file', inFolder('empty.env')),
        why('command', { command: [process.execPath, '-e', 'process.exit(3)'] }),
      ]),
    ).toEqual([
      'more than 1 MiB',
      'answered 302',
      expect.stringMatching(/^(no answer within 0\.5s|no answer within 500ms|cancelled)$/),
      'connection refused',
      'Secret none has no file in the folder of secrets.',
      'ENOENT',
      'no plain file',
      'neither a JSON object nor lines of KEY=value',
      'more than 1 MiB',
      'it is empty',
      'exit 3',
    ]);
  });
});
