import { chmod, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DevServer, startDevServer } from '../../src/temporal/dev-server/dev-server.ts';
import { freePorts } from '../../src/temporal/dev-server/free-ports.ts';
import { descendantsOf, type GantryProcess, mentioning, startGantry } from '../support/processes.ts';
import { copyMigratedStore } from '../support/store-template.ts';
import { cliForTests } from '../support/temporal.ts';

let folder: string;
let data: string;
let server: DevServer;
let dev: GantryProcess;

/** `gantry dev` of somebody who runs a Temporal server already, in a folder that is there. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-elsewhere-'));
  data = join(folder, 'state');
  await mkdir(data, { mode: 0o700 });
  await copyMigratedStore(join(data, 'store'));
  server = await startDevServer({ cli: await cliForTests(), dataDir: null, uiPort: null, namespace: 'theirs' });
  const [port = 0] = await freePorts('127.0.0.1', 1);
  const env = {
    TEMPORAL_ADDRESS: server.address,
    TEMPORAL_NAMESPACE: 'theirs',
    GANTRY_LISTEN: `127.0.0.1:${port}`,
  };
  dev = startGantry(['dev', '--data', data], env, folder);
  await dev.printed('Gantry is ready');
}, 120_000);
afterAll(async () => {
  await dev.kill('SIGTERM');
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

it('uses the server that TEMPORAL_ADDRESS names, and starts none', async () => {
  const endpoints = JSON.parse(await readFile(join(data, 'endpoints.json'), 'utf8')) as { readonly api: string };
  expect(endpoints).toMatchObject({ temporal: server.address, temporalUi: null });
  expect((await fetch(`${endpoints.api}/readyz`)).status).toBe(200);
  expect(dev.output()).toContain(server.address);
  expect(await descendantsOf(dev.pid)).toEqual([]);
  expect((await mentioning(data)).filter((command) => command.includes('start-dev'))).toEqual([]);
});

it('ends in good order when it is told to while it starts', async () => {
  const [port = 0] = await freePorts('127.0.0.1', 1);
  const early = join(folder, 'early');
  const one = startGantry(['dev', '--data', early, '--listen', `127.0.0.1:${port}`], {}, folder);
  await one.printed('Starting');

  expect(await one.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(await mentioning(early)).toEqual([]);
});

it('refuses a folder that others may enter, and leaves it as it is', async () => {
  const open = join(folder, 'open');
  await mkdir(open);
  await chmod(open, 0o755);
  const refused = startGantry(['dev', '--data', open, '--listen', '127.0.0.1:0'], {}, folder);
  expect(await refused.ended).toMatchObject({ code: 1 });
  expect(refused.output()).toContain('chmod 700');
  expect((await stat(open)).mode & 0o777).toBe(0o755);
});

it('is found by the check of a worker, which fails where none polls', async () => {
  const check = (namespace: string) =>
    startGantry(['worker', '--check'], { TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: namespace }, folder);
  expect(await check('theirs').ended).toMatchObject({ code: 0 });

  const elsewhere = check('default');
  expect(await elsewhere.ended).toMatchObject({ code: 1 });
  expect(elsewhere.output()).toMatch(
    /not-ready\]: No worker of \S+ polls gantry, gantry-actions, gantry-monitors, gantry-waits, gantry-rollback\./,
  );
});

it('has gantry temporal speak to that server, whatever TEMPORAL_ADDRESS says there', async () => {
  const args = ['temporal', '--data', data, 'task-queue', 'describe', '--task-queue', 'gantry'];
  const env = { TEMPORAL_ADDRESS: '127.0.0.1:1', TEMPORAL_NAMESPACE: 'theirs' };
  const there = startGantry(args, env, folder);
  expect(await there.ended).toMatchObject({ code: 0 });

  const nowhere = startGantry(args.with(2, join(folder, 'none')), env, folder);
  expect(await nowhere.ended).toMatchObject({ code: 1 });
  expect(nowhere.output()).toContain('127.0.0.1:1');
});
