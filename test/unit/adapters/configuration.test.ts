import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSource } from '../../../src/adapters/configuration/read-source.ts';
import { openSecrets } from '../../../src/adapters/secrets.ts';
import type { PlannedSource } from '../../../src/domain/configuration/configuration.ts';
import { holdSignal } from '../../../src/time-limit.ts';

let folder: string;
let server: Server;
let url: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-configuration-'));
  await writeFile(join(folder, 'token'), 'token-of-the-shop');
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
  source: Omit<PlannedSource, 'id'>,
  digestKey: Uint8Array | null = new Uint8Array(32),
  limitMs = 3_000,
) {
  const limit = holdSignal([], limitMs);
  try {
    return await readSource(
      { id: 'app', ...source },
      {
        identity: { deployment: 'shop.production.1', fence: 1, step: 'app', stepKey: 'k' },
        folder: null,
        secrets: openSecrets(folder)(),
        signal: limit.signal,
        timeoutMs: limitMs,
      },
      { digestKey },
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

  it('that cannot be read says why of each key, in time', async () => {
    await promisify(execFile)('mkfifo', [join(folder, 'pipe')]);
    await writeFile(join(folder, 'page.html'), '<html>');
    const why = async (kind: PlannedSource['kind'], spec: PlannedSource['spec']) => {
      const readings = await read({ kind, spec, keys: plain('a', 'b') }, null, 1_000);
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
        why('http', { http: `${url}/hang` }),
        why('http', { http: 'http://127.0.0.1:1/' }),
        why('http', { http: 'http://127.0.0.1:1/', headers: { a: '${secret:none}' } }),
        why('file', inFolder('none.env')),
        why('file', inFolder('pipe')),
        why('file', inFolder('page.html')),
        why('command', { command: [process.execPath, '-e', 'process.exit(3)'] }),
      ]),
    ).toEqual([
      'more than 1 MiB',
      'answered 302',
      expect.stringMatching(/^(no answer within 1s|cancelled)$/),
      'connection refused',
      'Secret none has no file in the folder of secrets.',
      'ENOENT',
      'no plain file',
      'neither a JSON object nor lines of KEY=value',
      'exit 3',
    ]);
  });
});
