import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { versionHeader } from '../../../../src/contract/service.ts';
import { devFindings } from '../../../../src/main/doctor/dev.ts';
import { writeEndpoints } from '../../../../src/main/endpoints.ts';

let folder: string;
let server: Server;
let api: string;
let headers: Readonly<Record<string, string>>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-doctor-'));
  headers = { [versionHeader]: '0.1.0' };
  server = createServer((_, response) => response.writeHead(200, headers).end('{}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const told = () => writeEndpoints(folder, { api, temporal: '127.0.0.1:7233', temporalUi: null });

it('a gantry dev that runs in the folder is named, and that it is not what is examined', async () => {
  await told();
  expect(await devFindings(folder)).toEqual([
    {
      check: 'dev',
      state: 'ok',
      found: `gantry dev runs at ${api}. What follows is not about it, but about what these variables would give gantry api and gantry worker.`,
      advice: null,
    },
  ]);
});

it('nothing is said where none ever ran, where it has ended, and where something else listens by now', async () => {
  expect(await devFindings(folder)).toEqual([]);
  await told();
  headers = {};
  expect(await devFindings(folder)).toEqual([]);
  await new Promise((resolve) => server.close(resolve));
  expect(await devFindings(folder)).toEqual([]);
});
