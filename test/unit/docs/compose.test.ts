import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

interface Service {
  readonly restart?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test?: unknown };
  readonly stop_grace_period?: string;
  readonly command?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}
const root = new URL('../../../', import.meta.url);
const textOf = (name: string) => readFile(new URL(name, root), 'utf8');
const compose = async () =>
  parse(await textOf('docker-compose.yml'), { merge: true }) as { services: Record<string, Service> };

it('publishes the API and the page of Temporal on loopback, and nothing else at all', async () => {
  const { services } = await compose();
  const published = Object.entries(services).flatMap(([name, { ports = [] }]) =>
    ports.map((port) => `${name} ${port}`),
  );
  expect(published.sort()).toEqual(['api 127.0.0.1:8080:8080', 'temporal-ui 127.0.0.1:8233:8080']);
});

it('waits for health, and knows no password', async () => {
  const { services } = await compose();
  for (const name of ['postgres', 'temporal', 'api', 'worker']) expect(services[name]?.healthcheck).toBeDefined();
  for (const name of ['api', 'worker', 'migrate']) {
    expect(services[name]?.command?.[0]).toBe(name);
    expect(services[name]?.cap_drop).toEqual(['ALL']);
  }
  const settings = Object.values(services).flatMap(({ environment = {} }) => Object.entries(environment));
  const secrets = settings.filter(([name, value]) => /PASSWORD|PWD|_STORE/.test(name) || value.includes('://gantry:'));
  expect(secrets).toHaveLength(5);
  for (const [, value] of secrets) expect(value).toContain('${POSTGRES_PASSWORD:?');
  expect((await textOf('.gitignore')).split('\n')).toContain('.env');
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
