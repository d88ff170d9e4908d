import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect as connectTo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { connect } from '../../src/temporal/connection.ts';
import { freePorts } from '../../src/temporal/dev-server/free-ports.ts';
import { type ApiClient, createApiClient } from '../support/api-client.ts';
import { steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { testPolicy } from '../support/policy.ts';
import { descendantsOf, type GantryProcess, isAlive, mentioning, startGantry } from '../support/processes.ts';
import { replayDev } from '../support/replay.ts';
import { copyMigratedStore } from '../support/store-template.ts';
import { workflowIdOf } from '../support/workflow-id.ts';
import type { World } from '../support/world.ts';

interface Endpoints {
  readonly api: string;
  readonly temporal: string;
  readonly temporalUi: string;
}

let folder: string;
let data: string;
let env: Record<string, string>;
let dev: GantryProcess;
let api: ApiClient;
let endpoints: Endpoints;

const readJson = async <T>(file: string) => JSON.parse(await readFile(join(data, file), 'utf8')) as T;
async function start(): Promise<void> {
  dev = startGantry(['dev', '--data', data], env, folder);
  await dev.printed('Gantry is ready');
  endpoints = await readJson('endpoints.json');
  api = createApiClient(endpoints.api, new Map(Object.entries(await readJson<Record<string, string>>('tokens.json'))));
}
/** `gantry temporal …` to its end. */
async function temporal(...args: string[]): Promise<string> {
  const one = startGantry(['temporal', '--data', data, ...args], {}, folder);
  const { code } = await one.ended;
  if (code !== 0) throw new Error(one.output());
  return one.output();
}
const signal = (id: string, name: string, argument: unknown) =>
  temporal(
    'workflow',
    'signal',
    '--workflow-id',
    workflowIdOf(id),
    '--name',
    name,
    '--input',
    JSON.stringify(argument),
  );

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-dev-'));
  data = join(folder, 'state');
  await mkdir(data, { mode: 0o700 });
  await copyMigratedStore(join(data, 'store'));
  const policy = join(folder, 'policy.yaml');
  await writeFile(policy, stringify(testPolicy, { aliasDuplicateObjects: false }));
  const [port = 0] = await freePorts('127.0.0.1', 1);
  // Nobody is there: on this machine nothing may be asked of a proxy.
  const proxy = 'http://127.0.0.1:9';
  const proxies = ['http_proxy', 'https_proxy', 'grpc_proxy', 'all_proxy'];
  env = {
    GANTRY_POLICY: policy,
    GANTRY_LISTEN: `127.0.0.1:${port}`,
    ...Object.fromEntries(proxies.flatMap((name) => [name, name.toUpperCase()]).map((name) => [name, proxy])),
  };
  await start();
}, 120_000);
afterAll(async () => {
  try {
    await replayDev(data);
  } finally {
    await dev.kill('SIGTERM');
    await api.closeWorlds();
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);

const options = (world: World, service: string, hold: string) => ({
  service,
  steps: [steps.start(world), steps.switch(world), steps.hold(hold)],
});

describe('gantry dev', () => {
  it('keeps its state and its tokens to its owner, and shows no token in a pipe', async () => {
    expect((await stat(data)).mode & 0o777).toBe(0o700);
    expect((await stat(join(data, 'tokens.json'))).mode & 0o777).toBe(0o600);
    expect(Object.keys(await readJson<object>('tokens.json'))).toContain('key:ci-shop');
    expect(dev.output()).not.toContain('gtk_');
    for (const address of [endpoints.api, endpoints.temporalUi]) expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${endpoints.api}/readyz`)).status).toBe(200);
    expect((await fetch(endpoints.temporalUi)).status).toBe(200);
  });

  it('refuses a folder that another one uses, and an address that is not loopback', async () => {
    const [port = 0] = await freePorts('127.0.0.1', 1);
    const second = startGantry(['dev', '--data', data, '--listen', `127.0.0.1:${port}`], env, folder);
    expect(await second.ended).toMatchObject({ code: 1 });
    expect(second.output()).toContain('store-locked');
    const open = startGantry(['dev', '--data', join(folder, 'other'), '--listen', `0.0.0.0:${port}`], env, folder);
    expect(await open.ended).toMatchObject({ code: 1 });
    expect(open.output()).toContain('invalid-config');
  });

  it('is driven by signals alone, and the Temporal UI shows what goes on', async () => {
    const world = await api.world('signalled');
    const id = await api.request(world, options(world, 'signalled', '1m'));
    const { planDigest } = await api.until(id, ({ phase }) => phase === 'awaiting-approval');
    await signal(id, 'approve', { by: 'key:bob', planDigest });
    await api.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));

    const { client, close } = await connect({ address: endpoints.temporal, namespace: 'default' });
    const handle = client.workflow.getHandle(workflowIdOf(id));
    const seen = await handle.describe();
    expect(await seen.staticSummary()).toBe('signalled 1.4.2 to production');
    expect(seen.searchAttributes).toMatchObject({
      GantryService: ['signalled'],
      GantryEnvironment: ['production'],
      GantryRelease: ['1.4.2'],
      GantryPhase: ['executing'],
      GantryRequester: ['key:alice'],
    });
    const details = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    expect(details.currentDetails).toMatch(/executing/);
    expect(details.currentDetails).toMatch(/watch/);
    const found = await temporal(
      'workflow',
      'list',
      '--query',
      "GantryService='signalled' AND GantryPhase='executing'",
    );
    expect(found).toContain(workflowIdOf(id));

    await signal(id, 'abort', { by: 'key:alice', reason: 'enough' });
    expect((await api.ended(id)).outcome).toBe('rolled-back');
    expect(world.live).toBe('blue');
    expect((await handle.describe()).searchAttributes).toMatchObject({ GantryOutcome: ['rolled-back'] });
    // Whatever it did or waited for says what that was.
    for (const workflowId of [workflowIdOf(id), 'target/signalled/production']) {
      const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
      const begun = (events ?? []).filter(
        (event) => event.activityTaskScheduledEventAttributes ?? event.timerStartedEventAttributes,
      );
      expect(begun.length).toBeGreaterThan(0);
      for (const { userMetadata } of begun) expect(userMetadata?.summary?.data?.length).toBeGreaterThan(0);
    }
    await close();
    // The record is published right after the end.
    await eventually(
      () => api.journal(id),
      (entries) => entries.at(-1)?.type === 'record-published',
    );
    const record = await readFile(join(folder, '.claude/processes', `deployment-1.4.2-${today()}.md`), 'utf8');
    expect(record).toBe(await api.record(id));
  });

  it('goes on where it was after kill -9 of all of it', async () => {
    const world = await api.world('restarted');
    const id = await api.request(world, options(world, 'restarted', '8s'));
    await api.until(id, ({ phase }) => phase === 'awaiting-approval');
    await api.approve(id);
    await api.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    const before = endpoints;
    const keys = await readJson('tokens.json');
    const below = await descendantsOf(dev.pid);
    expect(below.length).toBeGreaterThan(0);
    await dev.kill('SIGKILL');
    for (const pid of below) while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
    await start();
    expect(endpoints).toEqual(before);
    expect(await readJson('tokens.json')).toEqual(keys);
    expect((await api.ended(id)).outcome).toBe('succeeded');
    expect(world.live).toBe('green');
  });

  it('ends in good order and in time on SIGTERM, whoever waits for it, and leaves no process behind', async () => {
    const world = await api.world('waited-for');
    const id = await api.request(world, options(world, 'waited-for', '1s'));
    const { seq } = await api.until(id, ({ phase }) => phase === 'awaiting-approval');
    const below = await descendantsOf(dev.pid);
    const waiting = api.call('key:bob', 'GET', `/v1/deployments/${id}?wait=60s&seq=${seq + 100}`);
    const { hostname, port } = new URL(endpoints.api);
    const half = connectTo(Number(port), hostname).on('error', () => undefined);
    half.write(`POST /v1/plans HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n`);
    // Answered after what was sent before it.
    expect((await fetch(`${endpoints.api}/healthz`)).status).toBe(200);

    const toldAt = Date.now();
    expect(await dev.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(Date.now() - toldAt).toBeLessThan(30_000);
    expect(await waiting).toMatchObject({ status: 200, body: { phase: 'awaiting-approval' } });
    // One that writes files ends as soon as it sees that nobody sends it any more.
    await eventually(
      async () => below.filter(isAlive),
      (left) => left.length === 0,
    );
    expect(await mentioning(data)).toEqual([]);
    await start();
  });

  it('warns of nothing as it ends in the middle of a deployment, and hands over what it watched', async () => {
    const world = await api.world('handed-over');
    const id = await api.request(world, options(world, 'handed-over', '8s'));
    await api.until(id, ({ phase }) => phase === 'awaiting-approval');
    await api.approve(id);
    await api.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    await dev.kill('SIGTERM');
    expect(dev.output()).not.toMatch(/WARN|ERROR/);
    await start();
    expect((await api.ended(id)).outcome).toBe('succeeded');
  });
});

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
