import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTokenReader } from '../../../../../src/api/identity/oidc/tokens.ts';
import { type KeyServer, startKeyServer } from '../../../../support/key-server.ts';

let provider: KeyServer;
let clock: number;
let read: (token: string, audience?: string) => Promise<string>;
beforeEach(async () => {
  provider = await startKeyServer();
  clock = Date.now();
  const reader = createTokenReader({ issuer: provider.issuer, algorithms: ['ES256'] }, () => clock);
  read = (token, audience = 'gantry') => reader(token, audience);
});
afterEach(() => provider.close());

const refused = { code: 'unauthenticated' };
const silent = { code: 'identity-unavailable' };

describe('a token of the provider', () => {
  it('names its subject with the issuer, and asks for the keys once', async () => {
    const tokens = await Promise.all(['bob', 'auth0|5f'].map((sub) => provider.sign({ sub })));
    const subjects = await Promise.all([...tokens, ...tokens].map((token) => read(token)));
    expect(new Set(subjects)).toEqual(new Set([`oidc:${provider.issuer}|bob`, `oidc:${provider.issuer}|auth0|5f`]));
    expect(provider.asked()).toBe(2);
  });

  it.each(['JWT', 'at+jwt'])('may be of type %s', async (typ) => {
    expect(await read(await provider.sign({ sub: 'bob' }, { typ }))).toMatch(/\|bob$/);
  });

  it('may be some seconds past or early, as clocks go, and no more', async () => {
    const seconds = Math.floor(clock / 1_000);
    expect(await read(await provider.sign({ sub: 'bob', exp: seconds - 28 }))).toMatch(/\|bob$/);
    await expect(read(await provider.sign({ sub: 'bob', exp: seconds - 32 }))).rejects.toMatchObject(refused);
    expect(await read(await provider.sign({ sub: 'bob', nbf: seconds + 28 }))).toMatch(/\|bob$/);
    await expect(read(await provider.sign({ sub: 'bob', nbf: seconds + 32 }))).rejects.toMatchObject(refused);
  });

  it('needs a subject, an end, this audience and a signature of this provider', async () => {
    const other = await startKeyServer();
    const good = await provider.sign({ sub: 'bob' });
    const bad = [
      await provider.sign({}),
      await provider.sign({ sub: '' }),
      await provider.sign({ sub: 5 as unknown as string }),
      await provider.sign({ sub: 'bob', exp: undefined as never }),
      await provider.sign({ sub: 'bob', aud: ['others'] }),
      await provider.sign({ sub: 'bob', aud: undefined as never }),
      await provider.sign({ sub: 'bob' }, { kid: 'unknown' }),
      await other.sign({ sub: 'bob', iss: provider.issuer }),
      `${good.slice(0, -4)}AAAA`,
    ];
    for (const token of bad) await expect(read(token)).rejects.toMatchObject(refused);
    expect(await read(await provider.sign({ sub: 'bob', aud: ['others', 'gantry'] }))).toMatch(/\|bob$/);
    await other.close();
  });

  it('does not make us call the provider where it cannot be one of its own', async () => {
    const strange = [
      await provider.sign({ sub: 'bob', iss: 'https://idp.example' }),
      await provider.sign({ sub: 'bob' }, { typ: 'logout+jwt' }),
      'a.b.c',
    ];
    for (const token of strange) await expect(read(token)).rejects.toMatchObject(refused);
    expect(provider.asked()).toBe(0);
  });
});

describe('a key of the provider', () => {
  it('that is new is not asked for again within the cooldown', async () => {
    await read(await provider.sign({ sub: 'bob' }));
    const before = provider.asked();
    await provider.rotate();
    for (let i = 0; i < 5; i += 1)
      await expect(read(await provider.sign({ sub: 'bob' }))).rejects.toMatchObject(refused);
    expect(provider.asked()).toBe(before);
  });
});

describe('a provider that does not answer', () => {
  it('is distinguished from a bad token, is not asked for a moment, and counts again once it answers', async () => {
    const token = await provider.sign({ sub: 'bob' });
    provider.breakDown(true);
    await expect(read(token)).rejects.toMatchObject(silent);
    const asked = provider.asked();
    await expect(read(token)).rejects.toMatchObject(silent);
    expect(provider.asked()).toBe(asked);
    provider.breakDown(false);
    clock += 2_000;
    expect(await read(token)).toMatch(/\|bob$/);
  });

  it('is used by its last metadata and keys', async () => {
    const token = await provider.sign({ sub: 'bob' });
    await read(token);
    provider.breakDown(true);
    expect(await read(token)).toMatch(/\|bob$/);
    clock += 3_600_000;
    expect(await read(await provider.sign({ sub: 'bob', exp: Math.floor(clock / 1_000) + 60 }))).toMatch(/\|bob$/);
  });

  it('is none that speaks for another issuer', async () => {
    const reader = createTokenReader({ issuer: `${provider.issuer}/`, algorithms: ['ES256'] }, () => clock);
    const token = await provider.sign({ sub: 'bob', iss: `${provider.issuer}/` });
    await expect(reader(token, 'gantry')).rejects.toMatchObject(silent);
  });
});
