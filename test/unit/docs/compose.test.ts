import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

interface Service {
  readonly image?: string;
  readonly build?: unknown;
  readonly restart?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test?: unknown };
  readonly stop_grace_period?: string;
  readonly command?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly user?: string;
  readonly networks?: readonly string[];
  readonly network_mode?: string;
  readonly mem_limit?: string;
  readonly pids_limit?: number;
  readonly environment?: Readonly<Record<string, string>>;
}
const root = new URL('../../../', import.meta.url);
const textOf = (name: string) => readFile(new URL(name, root), 'utf8');
const compose = async () =>
  parse(await textOf('docker-compose.yml'), { merge: true }) as {
    services: Record<string, Service>;
    networks: Record<string, unknown>;
  };

it('publishes the API and the page of Temporal on loopback, and nothing else at all', async () => {
  const { services } = await compose();
  const published = Object.entries(services).flatMap(([name, { ports = [] }]) =>
    ports.map((port) => `${name} ${port}`),
  );
  expect(published.sort()).toEqual(['api 127.0.0.1:8080:8080', 'temporal-ui 127.0.0.1:8233:8080']);
});

it('waits for health, and knows no password', async () => {
  const { services } = await compose();
  for (const name of ['postgres', 'temporal-postgres', 'temporal', 'api', 'worker'])
    expect(services[name]?.healthcheck).toBeDefined();
  for (const name of ['api', 'worker', 'migrate']) {
    expect(services[name]?.command?.[0]).toBe(name);
    expect(services[name]?.cap_drop).toEqual(['ALL']);
  }
  const settings = Object.entries(services).flatMap(([service, { environment = {} }]) =>
    Object.entries(environment).map(([name, value]) => ({ service, name, value })),
  );
  // Only what belongs to Temporal alone stands in an environment: its image takes it from nowhere else.
  const secrets = settings.filter(({ name, value }) => /PASSWORD$|PWD|_STORE$/.test(name) || value.includes('://'));
  expect(secrets.map(({ service }) => service)).toEqual(['temporal-postgres', 'temporal']);
  for (const { value } of secrets) expect(value).toContain('${POSTGRES_PASSWORD:?');
  expect((await textOf('.gitignore')).split('\n')).toContain('.env');
});

it('gives whoever migrates, the API and workers an address of their own each, and none of another', async () => {
  const { services } = await compose();
  const seen = (name: string) =>
    (services[name]?.volumes ?? []).flatMap((one) => /^(store-\w+):/.exec(one)?.[1] ?? []).sort();
  const all = ['store-api', 'store-owner', 'store-worker'];
  const holders = Object.keys(services).filter((name) => seen(name).length > 0);
  expect(Object.fromEntries(holders.map((name) => [name, seen(name)]))).toEqual({
    credentials: all,
    postgres: ['store-owner'],
    migrate: all,
    api: ['store-api'],
    worker: ['store-worker'],
  });
  for (const name of ['api', 'worker'])
    expect(services[name]?.environment?.['GANTRY_STORE_FILE']).toBe('/store/address');
});

it('makes those addresses once, that of workers for their user alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-compose-'));
  const [text = ''] = (await compose()).services['credentials']?.command ?? [];
  const names = ['owner', 'api', 'worker'];
  for (const name of names) await mkdir(join(folder, name));
  const make = () => promisify(execFile)(process.execPath, ['-e', text.replaceAll('/store/', `${folder}/`)]);
  const read = () => Promise.all(names.map((name) => readFile(join(folder, name, 'address'), 'utf8')));
  try {
    await make();
    const made = await read();
    await make();
    expect(await read()).toEqual(made);
    const urls = made.map((address) => new URL(address));
    expect(urls.map(({ username }) => username)).toEqual(['gantry', 'gantry_api', 'gantry_worker']);
    expect(new Set(urls.map(({ password }) => password)).size).toBe(3);
    expect(await readFile(join(folder, 'owner/password'), 'utf8')).toBe(urls[0]?.password);
    const modes = await Promise.all(
      names.map(async (name) => (await stat(join(folder, name, 'address'))).mode & 0o777),
    );
    expect(modes).toEqual([0o444, 0o444, 0o400]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('keeps the store to those who open it, and limits what each may use', async () => {
  const { services, networks } = await compose();
  const on = (network: string) =>
    Object.keys(services)
      .filter((name) => services[name]?.networks?.includes(network))
      .sort();
  expect(on('store')).toEqual(['api', 'migrate', 'postgres', 'worker']);
  expect(on('engine')).toEqual(['api', 'temporal', 'temporal-postgres', 'temporal-ui', 'worker']);
  expect(on('world')).toEqual(['api', 'temporal-ui', 'worker']);
  for (const name of ['store', 'engine']) expect(networks[name]).toEqual({ internal: true });
  for (const [name, { networks: own, network_mode, mem_limit, pids_limit }] of Object.entries(services)) {
    expect([name, own === undefined ? network_mode : 'none']).toEqual([name, 'none']);
    expect([name, mem_limit, pids_limit]).toEqual([name, expect.stringMatching(/^\d+[mg]$/), expect.any(Number)]);
  }
});

it('runs a worker with the rights to start commands as somebody who has none, and no others', async () => {
  const { worker, api } = (await compose()).services;
  expect(worker).toMatchObject({ user: 'root', cap_drop: ['ALL'] });
  expect(worker?.cap_add?.toSorted()).toEqual(['CHOWN', 'DAC_OVERRIDE', 'KILL', 'SETGID', 'SETUID']);
  expect([api?.user, api?.cap_add]).toEqual([undefined, undefined]);
  const image = await textOf('Dockerfile');
  const [, user = ''] = /GANTRY_COMMAND_USER=(\S+)/.exec(image) ?? [];
  expect(image).toMatch(new RegExp(`^RUN useradd .*--no-create-home .* ${user}$`, 'm'));
});

it('names no image without its version, and each by a variable that may hold a digest, as the docs say', async () => {
  const images = Object.values((await compose()).services).flatMap(({ image }) => image ?? []);
  const named = images.map((image) => /^\$\{(\w+):-[\w./-]+:(?!latest)[\w.-]*\d[\w.-]*\}$/.exec(image)?.[1] ?? image);
  const [, built = '', usual] =
    /^ARG (\w+)=([\w./-]+:(?!latest)[\w.-]*\d[\w.-]*)$/m.exec(await textOf('Dockerfile')) ?? [];
  const [, told = ''] = /in `\.env` \((.*?)\)/s.exec(await textOf('docs/security.md')) ?? [];
  expect(new Set([...named, built])).toEqual(new Set([...told.matchAll(/`(\w+)`/g)].map(([, name]) => name)));
  expect((await compose()).services['api']?.build).toEqual({
    context: '.',
    args: { [built]: `\${${built}:-${usual}}` },
  });
});

it('starts a worker whose build becomes the current one: whoever starts a new image means it', async () => {
  expect((await compose()).services['worker']?.command).toEqual(['worker', '--promote']);
});

it('gives the key that the API signs with to the API, and to no worker', async () => {
  const { services } = await compose();
  const holders = Object.entries(services).filter(([, { volumes = [] }]) =>
    volumes.some((one) => one.startsWith('keys:')),
  );
  expect(holders.map(([name]) => name)).toEqual(['keys', 'api']);
  expect(services['keys']?.command).toEqual(['key', 'create']);
  expect(services['api']?.environment?.['GANTRY_SECRETS']).toBe('/keys');
  expect(services['worker']?.volumes).toContain('attestation:/keys:ro');
});

it('keeps what a worker knows of the API for its next start, where its user may write', async () => {
  const { environment, volumes } = (await compose()).services['worker'] ?? {};
  expect(environment?.['GANTRY_TRUST_FILE']).toBe('/trust/trusted-keys.json');
  expect(volumes).toContain('trust:/trust');
  expect(await textOf('Dockerfile')).toMatch(/mkdir .*\/trust.* && chown node:node .*\/trust/);
});

it('calls nothing healthy that is only being set up, and gives what runs the time to end', async () => {
  const { services } = await compose();
  const testOf = (name: string) => JSON.stringify(services[name]?.healthcheck?.test);
  expect(testOf('postgres')).toContain('"-h","127.0.0.1"');
  expect(testOf('temporal')).toContain('--namespace default');
  expect(testOf('worker')).toContain('"worker","--check"');
  for (const name of ['api', 'worker']) expect(services[name]?.stop_grace_period).toBe('35s');
});

it('gives up migrating a store that a newer build has left behind', async () => {
  expect((await compose()).services['migrate']?.restart).toMatch(/^on-failure:\d+$/);
});

it('runs as a user without rights', async () => {
  const lines = (await textOf('Dockerfile')).split('\n');
  expect(lines.findLast((line) => line.startsWith('USER'))).toBe('USER node');
  expect(lines.findLastIndex((line) => line.startsWith('USER'))).toBeLessThan(
    lines.findIndex((line) => line.startsWith('ENTRYPOINT')),
  );
});
