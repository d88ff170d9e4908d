import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { absoluteParts, readConfig } from '../../../src/config/config.ts';
import { GantryError } from '../../../src/domain/base/errors.ts';

/** The variables that are found wrong, with what is said of them. */
function faultsOf(environment: Record<string, string>): Readonly<Record<string, string>> {
  try {
    readConfig(environment);
    return {};
  } catch (error) {
    if (!(error instanceof GantryError) || error.code !== 'invalid-config') throw error;
    return Object.fromEntries(error.issues.map(({ pointer, detail }) => [pointer.slice(1), detail]));
  }
}

const provider = { GANTRY_OIDC_ISSUER: 'https://idp.example/realm', GANTRY_OIDC_AUDIENCE: 'gantry' };
const login = { ...provider, GANTRY_OIDC_CLIENT_ID: 'page', GANTRY_PUBLIC_URL: 'https://gantry.example/' };

describe('the slots of a worker', () => {
  it('are the defaults where no variable sets them, queue by queue', () => {
    const usual = { main: 100, actions: 50, monitors: 1_000, waits: 1_000, rollback: 100 };
    expect(readConfig({}).slots).toEqual(usual);
    expect(readConfig({ GANTRY_SLOTS_MONITORS: '20', GANTRY_SLOTS_WAITS: '7' }).slots).toEqual({
      ...usual,
      monitors: 20,
      waits: 7,
    });
  });

  it.each(['0', '-1', '1.5', 'many', '100000'])('are a number from 1 to 99999: not %s', (given) => {
    expect(faultsOf({ GANTRY_SLOTS_ACTIONS: given })).toEqual({
      GANTRY_SLOTS_ACTIONS: 'GANTRY_SLOTS_ACTIONS: write a number from 1 to 99999',
    });
  });
});

describe('an API behind a load balancer', () => {
  it('goes on working for 5 s after it was asked to end, or as long as configured, and trusts no proxy by default', () => {
    expect(readConfig({})).toMatchObject({ drainMs: 5_000, trustedProxies: [] });
    expect(readConfig({ GANTRY_DRAIN: '0s' }).drainMs).toBe(0);
    expect(readConfig({ GANTRY_DRAIN: '2m' }).drainMs).toBe(120_000);
    const { trustedProxies } = readConfig({ GANTRY_TRUST_PROXY: '10.0.0.7, 10.1.0.0/16,fd00::/8,::1,loopback' });
    expect(trustedProxies).toEqual(['10.0.0.7', '10.1.0.0/16', 'fd00::/8', '::1', 'loopback']);
  });

  it.each(['6m', '-1s', '5', 'soon'])('does not go on for %s', (given) => {
    expect(Object.keys(faultsOf({ GANTRY_DRAIN: given }))).toEqual(['GANTRY_DRAIN']);
  });

  it.each(['true', '1', '*', '0.0.0.0/0', '::/0', '10.0.0.7,', 'proxy.example', '10.0.0.0/33', '127.1'])(
    'takes nobody but addresses and networks for a proxy: not %s',
    (given) => {
      expect(Object.keys(faultsOf({ GANTRY_TRUST_PROXY: given }))).toEqual(['GANTRY_TRUST_PROXY']);
    },
  );
});

describe('the store', () => {
  const listen = 'postgres://gantry:hunter2@db:5432/gantry';

  it('is listened to at its own address, unless another one is named', () => {
    const store = 'postgres://gantry:hunter2@pooler:6432/gantry';
    expect(readConfig({ GANTRY_STORE: store }).store).toMatchObject({ kind: 'postgres', listenUrl: null });
    const read = readConfig({ GANTRY_STORE: store, GANTRY_STORE_LISTEN: listen }).store;
    expect(read?.kind === 'postgres' && [read.url.reveal(), read.listenUrl?.reveal()]).toEqual([store, listen]);
    expect(JSON.stringify(read)).not.toContain('hunter2');
  });

  it('has no such address where there is no PostgreSQL', () => {
    const why = (given: Record<string, string>) => faultsOf(given)['GANTRY_STORE_LISTEN'];
    expect(why({ GANTRY_STORE: 'pglite:store', GANTRY_STORE_LISTEN: listen })).toContain('has no other address');
    expect(why({ GANTRY_STORE: listen, GANTRY_STORE_LISTEN: 'pglite:store' })).toBe(
      'GANTRY_STORE_LISTEN: write postgres://…',
    );
    expect(faultsOf({ GANTRY_STORE_LISTEN: listen })).toEqual({
      GANTRY_STORE: 'GANTRY_STORE: GANTRY_STORE_LISTEN needs it',
    });
  });
});

describe('an identity provider', () => {
  it('is none where no variable sets it', () => {
    expect(readConfig({})).toMatchObject({ oidc: null, publicUrl: null });
  });

  it('is named by issuer and audience, and by a client where browsers log in', () => {
    const oidc = { issuer: 'https://idp.example/realm', audience: 'gantry' };
    const algorithms = ['RS256', 'ES256', 'EdDSA', 'PS256'];
    expect(readConfig(provider)).toMatchObject({ oidc: { ...oidc, algorithms, clientId: null } });
    expect(readConfig(login)).toMatchObject({
      oidc: { ...oidc, clientId: 'page' },
      publicUrl: 'https://gantry.example',
    });
    const some = readConfig({ ...provider, GANTRY_OIDC_ALGORITHMS: 'ES256, PS512' });
    expect(some.oidc?.algorithms).toEqual(['ES256', 'PS512']);
  });

  it.each(['HS256', 'none', 'RS256,HS512', 'rs256', 'RS256,', ','])(
    'signs by no key that others may have: %j',
    (names) => {
      expect(faultsOf({ ...provider, GANTRY_OIDC_ALGORITHMS: names })).toEqual({
        GANTRY_OIDC_ALGORITHMS: expect.stringContaining('write some of RS256,'),
      });
    },
  );

  it.each([
    ['http://idp.example', 'http is for loopback only'],
    ['http://127.0.0.1.evil.example', 'http is for loopback only'],
    ['ftp://idp.example', 'http is for loopback only'],
    ['idp.example', 'write an https address'],
    ['https://a:b@idp.example', 'without credentials'],
    ['https://idp.example/?x=1', 'without credentials, query or fragment'],
  ])('is not reached at %s', (address, why) => {
    expect(faultsOf({ ...provider, GANTRY_OIDC_ISSUER: address })).toEqual({
      GANTRY_OIDC_ISSUER: expect.stringContaining(why),
    });
    expect(faultsOf({ GANTRY_PUBLIC_URL: address })).toEqual({ GANTRY_PUBLIC_URL: expect.stringContaining(why) });
  });

  it.each(['http://localhost:9', 'http://127.0.0.1:9', 'http://[::1]:9'])(
    'may be on loopback in the clear: %s',
    (address) => {
      expect(readConfig({ ...login, GANTRY_OIDC_ISSUER: address, GANTRY_PUBLIC_URL: address })).toMatchObject({
        oidc: { issuer: address },
        publicUrl: address,
      });
    },
  );

  it('gets all its faults at once, also variables that lack another', () => {
    expect(faultsOf({ GANTRY_OIDC_CLI_CLIENT_ID: 'cli' })).toEqual({
      GANTRY_OIDC_ISSUER: 'GANTRY_OIDC_ISSUER: GANTRY_OIDC_CLI_CLIENT_ID needs it',
    });
    expect(
      faultsOf({
        GANTRY_OIDC_ISSUER: 'http://idp.example',
        GANTRY_OIDC_ALGORITHMS: 'none',
        GANTRY_OIDC_CLIENT_ID: 'page',
        GANTRY_LISTEN: 'nowhere',
      }),
    ).toEqual({
      GANTRY_OIDC_ISSUER: expect.any(String),
      GANTRY_OIDC_ALGORITHMS: expect.any(String),
      GANTRY_OIDC_AUDIENCE: 'GANTRY_OIDC_AUDIENCE: GANTRY_OIDC_ISSUER needs it',
      GANTRY_PUBLIC_URL: 'GANTRY_PUBLIC_URL: GANTRY_OIDC_CLIENT_ID needs it',
      GANTRY_LISTEN: expect.any(String),
    });
    expect(faultsOf({ GANTRY_PUBLIC_URL: 'https://gantry.example/page' })).toEqual({
      GANTRY_PUBLIC_URL: 'GANTRY_PUBLIC_URL: write an address without a path',
    });
  });
});

describe('what is secret', () => {
  const address = 'postgres://gantry:hunter2@db:5432/gantry';
  let folder: string;
  const file = (name: string) => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gantry-config-'));
    await writeFile(file('store'), `${address}\n`);
    await writeFile(file('key'), 'temporal-key\n');
    await writeFile(file('empty'), '\n');
    await writeFile(file('wrong'), 'mysql://gantry:hunter2@db');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('comes from files, which are known, and nothing of it then stands in the environment', () => {
    const read = readConfig(
      {
        GANTRY_STORE_FILE: file('store'),
        GANTRY_STORE_LISTEN_FILE: file('store'),
        TEMPORAL_API_KEY_FILE: file('key'),
      },
      ['store'],
    );
    expect(
      read.store.kind === 'postgres' && [read.store.url, read.store.listenUrl].map((one) => one?.reveal()),
    ).toEqual([address, address]);
    expect(read.temporal.apiKey?.reveal()).toBe('temporal-key');
    expect(read.credentials).toEqual({ files: [file('store'), file('store'), file('key')], exposed: [] });
    expect(JSON.stringify(read)).not.toContain('hunter2');
  });

  it('is reported where it stands in the environment', () => {
    const given = { GANTRY_STORE: address, GANTRY_STORE_LISTEN: 'postgres://db/gantry', TEMPORAL_API_KEY: 'key' };
    expect(readConfig(given).credentials.exposed).toEqual(['GANTRY_STORE', 'TEMPORAL_API_KEY']);
    expect(readConfig({ GANTRY_STORE: 'postgres://db/gantry?password=hunter2' }).credentials.exposed).toHaveLength(1);
    expect(readConfig({ GANTRY_STORE: 'pglite:store' }).credentials.exposed).toEqual([]);
  });

  it('is taken from a file or from the environment, and nothing of it is repeated where it is wrong', () => {
    expect(faultsOf({ GANTRY_STORE: address, GANTRY_STORE_FILE: file('store') })).toEqual({
      GANTRY_STORE_FILE: 'GANTRY_STORE_FILE: set it or GANTRY_STORE, not both',
    });
    expect(faultsOf({ GANTRY_STORE_FILE: file('nowhere'), TEMPORAL_API_KEY_FILE: file('empty') })).toEqual({
      GANTRY_STORE_FILE: `GANTRY_STORE_FILE: ${file('nowhere')} cannot be read: ENOENT`,
      TEMPORAL_API_KEY_FILE: `TEMPORAL_API_KEY_FILE: ${file('empty')} is empty`,
    });
    expect(faultsOf({ GANTRY_STORE_FILE: file('wrong') })).toEqual({
      GANTRY_STORE: 'GANTRY_STORE: write postgres://… or pglite:<folder>',
    });
  });
});

it.each(['root;id', '10', '-1:5', 'Gantry', 'a b'])('commands run as no user by the name of %s', (name) => {
  expect(Object.keys(faultsOf({ GANTRY_COMMAND_USER: name }))).toEqual(['GANTRY_COMMAND_USER']);
});

it('looks for programs in folders that stand in PATH by their whole name: no part of it means the folder of a command', () => {
  for (const [written, read] of [
    ['/usr/bin:/bin', '/usr/bin:/bin'],
    [':/usr/bin::/bin:', '/usr/bin:/bin'],
    ['.:bin:../x:/usr/bin', '/usr/bin'],
  ] as const)
    expect(absoluteParts(written)).toBe(read);
});
