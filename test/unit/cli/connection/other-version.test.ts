import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Command } from 'commander';
import { createColors } from 'picocolors';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answered, openApi } from '../../../../src/cli/api-client.ts';
import { patiently } from '../../../../src/cli/connection/patient.ts';
import type { Surroundings } from '../../../../src/cli/terminal.ts';
import { registerLogin } from '../../../../src/cli/verbs/login.ts';
import { callerSchema } from '../../../../src/contract/service.ts';
import { version } from '../../../../src/system/own-files.ts';

let server: Server;
let asked = 0;
let answer: { readonly status: number; readonly version: string; readonly body: object };
beforeAll(async () => {
  server = createServer((_, response) => {
    asked += 1;
    const { status, version: its, body } = answer;
    response.writeHead(status, { 'content-type': 'application/json', 'gantry-version': its }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => server.close());

const problem = (status: number, code: string) => ({
  status,
  body: { type: 'about:blank', title: code, status, code, detail: 'The API says so.' },
});
const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const key = `gtk_${'0'.repeat(16)}_${'a'.repeat(43)}`;
const ask = async () => {
  const api = await openApi({ api: url() }, { GANTRY_TOKEN: key });
  return answered(api.GET('/v1/caller'), callerSchema);
};
const hint = /The API is of version 99\.0\.0, this command line of .*cli\.tgz/;

it.each([
  ['does not take what it was sent', problem(400, 'malformed')],
  ['refuses for a reason that is not known here', problem(422, 'of-another-time')],
  ['answers what is not known here', { status: 200, body: { subject: 1 } }],
])('an API of another version that %s is named with its version', async (_, what) => {
  answer = { ...what, version: '99.0.0' };
  await expect(ask()).rejects.toThrow(hint);
  answer = { ...what, version: await version() };
  await expect(ask()).rejects.not.toThrow(/of version/);
});

it('an answer that is not known here is not asked for again', async () => {
  answer = { status: 200, body: { subject: 1 }, version: '99.0.0' };
  const before = asked;
  await expect(patiently(ask, 60_000)).rejects.toThrow(hint);
  expect(asked - before).toBe(1);
});

it('a refusal of another version that is understood says nothing of versions', async () => {
  answer = { ...problem(403, 'forbidden'), version: '99.0.0' };
  await expect(ask()).rejects.toThrow(/^The API says so\.$/);
});

it.each([true, false])('a login says whether the API is of another version: %s', async (isOther) => {
  const body = {
    subject: 'key:alice',
    name: 'Alice',
    kind: 'person',
    roles: [],
    may: [],
    services: null,
    credential: { kind: 'key', id: null, scopes: null, expiresAt: null },
  };
  answer = { status: 200, body, version: isOther ? '99.0.0' : await version() };
  const folder = await mkdtemp(join(tmpdir(), 'gantry-login-'));
  const told: string[] = [];
  const around: Surroundings = {
    terminal: { say: () => undefined, paint: createColors(false) },
    tell: (line) => void told.push(line),
    environment: { GANTRY_API: url(), GANTRY_CONFIG: join(folder, 'config.json') },
    input: Readable.from([key]) as NodeJS.ReadStream,
    screen: null,
    confirm: null,
  };
  const command = new Command('login');
  registerLogin(command, around);
  await command.parseAsync([], { from: 'user' });
  await rm(folder, { recursive: true });
  expect(told.map((line) => hint.test(line))).toEqual(isOther ? [true] : []);
});
