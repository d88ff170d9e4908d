import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answered, openApi } from '../../../../src/cli/api-client.ts';
import { callerSchema } from '../../../../src/contract/service.ts';
import { version } from '../../../../src/system/own-files.ts';

let server: Server;
let answer: { readonly status: number; readonly version: string; readonly body: object };
beforeAll(async () => {
  server = createServer((_, response) => {
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
const ask = async () => {
  const { port } = server.address() as AddressInfo;
  const api = await openApi(
    { api: `http://127.0.0.1:${port}` },
    { GANTRY_TOKEN: `gtk_${'0'.repeat(16)}_${'a'.repeat(43)}` },
  );
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
  await expect(ask()).rejects.not.toThrow(hint);
});

it('a refusal of another version that is understood says nothing of versions', async () => {
  answer = { ...problem(403, 'forbidden'), version: '99.0.0' };
  await expect(ask()).rejects.toThrow(/^The API says so\.$/);
});
