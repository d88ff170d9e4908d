import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storedKey } from '../../../../src/api/identity/make-and-match-keys.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import type { StoredKey } from '../../../../src/domain/trust/api-keys.ts';
import { requireFree } from '../../../../src/main/free-port.ts';
import { keepTokens } from '../../../../src/main/keys/keep-tokens.ts';
import {
  createToken,
  ensureTokens,
  revokeTokens,
  strangerNote,
  tokenLine,
  tokenNames,
} from '../../../../src/main/keys/tokens.ts';
import { eventually } from '../../../support/eventually.ts';
import { testPolicy } from '../../../support/policy.ts';

const now = Date.parse('2026-11-23T09:00:00.000Z');
const day = 86_400_000;

/** A store of keys in memory. */
function storeOf() {
  const kept = new Map<string, StoredKey>();
  return {
    kept,
    addKey: async (key: StoredKey) => void kept.set(key.id, key),
    key: async (id: string) => kept.get(id) ?? null,
    async revokeKeys(which: { readonly id: string } | { readonly subjects: readonly string[] }, revokedAt: string) {
      const ended = [...kept.values()].filter((key) =>
        'id' in which ? key.id === which.id : which.subjects.includes(key.subject),
      );
      for (const key of ended) kept.set(key.id, { ...key, revokedAt });
      return ended.length;
    },
  };
}

describe('a key', () => {
  it.each(['key:alice', 'oidc:https://idp.example/|bob'])(
    'is made for %s, and only its hash is kept',
    async (subject) => {
      const store = storeOf();
      const text = await createToken(store, subject, {}, now);
      expect(text).toMatch(/^gtk_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
      const [key] = store.kept.values();
      expect(key).toMatchObject({ subject, kind: 'key', scopes: null, expiresAt: null, revokedAt: null });
      expect(key?.id).toBe(text.slice(4, 20));
      expect(JSON.stringify(key)).not.toContain(text.slice(21));
      expect(await storedKey(store, text, 'key', now)).toBe(key);
    },
  );

  it('counts until it expires, and not a moment longer', async () => {
    const store = storeOf();
    const text = await createToken(store, 'key:alice', { expires: '90d', scopes: ['read', 'read'] }, now);
    expect(await storedKey(store, text, 'key', now + 90 * day - 1)).toMatchObject({ scopes: ['read'] });
    await expect(storedKey(store, text, 'key', now + 90 * day)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('counts no longer once it is revoked, by its id or with all of its subject', async () => {
    const store = storeOf();
    const first = await createToken(store, 'key:alice');
    const second = await createToken(store, 'key:alice');
    const id = first.slice(4, 20);
    expect(await revokeTokens(store, id, null)).toEqual([`Revoked 1 of ${id}.`]);
    await expect(storedKey(store, first, 'key', now)).rejects.toThrow(/was revoked/);
    expect(await storedKey(store, second, 'key', now)).toMatchObject({ subject: 'key:alice' });
    await revokeTokens(store, 'key:alice', null);
    await expect(storedKey(store, second, 'key', now)).rejects.toThrow(/was revoked/);
    await expect(revokeTokens(store, 'alice', null)).rejects.toMatchObject({ code: 'malformed' });
  });

  it('counts whole, for what it was made, and reaches the store only as a key', async () => {
    const store = storeOf();
    const text = await createToken(store, 'key:alice');
    const other = await createToken(store, 'key:bob');
    const mixed = `${other.slice(0, 21)}${text.slice(21)}`;
    for (const [bad, kind] of [
      [mixed, 'key'],
      [text, 'session'],
      [`gtk_${'0'.repeat(16)}${text.slice(20)}`, 'key'],
    ] as const)
      await expect(storedKey(store, bad, kind, now)).rejects.toMatchObject({ code: 'unauthenticated' });
    const noStore = { key: () => Promise.reject(new Error('asked')) };
    for (const bad of ['', 'gtk_', text.slice(0, -1), `${text}x`, text.toUpperCase(), ` ${text}`, `${text}\n`])
      await expect(storedKey(noStore, bad, 'key', now)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it.each(['alice', 'github:alice', 'key:', 'key:a b', '', `key:${'a'.repeat(251)}`])(
    'is not made for %j, which no policy could name',
    async (subject) => {
      const store = storeOf();
      await expect(createToken(store, subject)).rejects.toMatchObject({
        code: 'malformed',
        message: expect.stringMatching(
          / is no subject: write key:<name> or oidc:<issuer>\|<subject>, as in the policy\.$/,
        ),
      });
      expect(store.kept.size).toBe(0);
    },
  );

  it.each([
    [{ scopes: ['read', 'everything'] }, /"everything" is no scope: write read, request/],
    [{ expires: '91d' }, /"91d" is no time/],
    [{ expires: 'soon' }, /"soon" is no time/],
  ])('is not made with %j', async (limits, message) => {
    const store = storeOf();
    await expect(createToken(store, 'key:alice', limits)).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringMatching(message),
    });
    expect(store.kept.size).toBe(0);
  });

  it('stands in a list with all but its secret', async () => {
    const store = storeOf();
    await createToken(store, 'key:alice', { scopes: ['read'], expires: '1d' }, now);
    const [key] = store.kept.values();
    if (!key) throw new Error('no key');
    expect(tokenLine(key)).toBe(
      `${key.id}  key:alice  key  read  since 2026-11-23T09:00:00.000Z  expires 2026-11-24T09:00:00.000Z`,
    );
    expect(tokenLine({ ...key, scopes: null, expiresAt: null })).toMatch(/ {2}all {2}.* {2}no end$/);
    expect(tokenLine({ ...key, revokedAt: key.createdAt })).toMatch(/ {2}revoked 2026-11-23T09:00:00.000Z$/);
  });
});

describe('all keys of a person', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gantry-names-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const laptop = 'key:alice-laptop';
  const provided = 'oidc:https://idp.example/|alice';
  const policyFile = async (content: unknown) => {
    const file = join(folder, 'policy.yaml');
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };
  const known = {
    ...testPolicy,
    people: testPolicy.people.map((person) =>
      person.subject === 'key:alice' ? { ...person, aliases: [laptop, provided, 'github:alice'] } : person,
    ),
  };

  it.each(['key:alice', laptop, provided, 'github:alice'])('end together, whichever name is said: %s', async (said) => {
    const store = storeOf();
    const texts = [];
    for (const name of ['key:alice', laptop, provided]) texts.push(await createToken(store, name));
    const bobs = await createToken(store, 'key:bob');
    const lines = await revokeTokens(store, said, await policyFile(known));
    expect(lines).toEqual([`Revoked 3 of key:alice, ${laptop}, ${provided}, github:alice.`]);
    for (const text of texts) await expect(storedKey(store, text, 'key', now)).rejects.toThrow(/was revoked/);
    expect(await storedKey(store, bobs, 'key', now)).toMatchObject({ subject: 'key:bob' });
  });

  it('of a robot are those under its one name', async () => {
    expect(await tokenNames('key:ci-shop', await policyFile(known))).toEqual({ names: ['key:ci-shop'], note: null });
  });

  it('are those under the one name where no policy names others, with a note', async () => {
    const cases = [
      [null, 'key:alice', /^This name only: GANTRY_POLICY is not set/],
      [await policyFile(known), 'key:zoe', /^This name only: the policy knows no key:zoe\.$/],
    ] as const;
    for (const [file, subject, note] of cases) {
      const store = storeOf();
      await createToken(store, subject);
      const [done, said] = await revokeTokens(store, subject, file);
      expect(done).toBe(`Revoked 1 of ${subject}.`);
      expect(said).toMatch(note);
    }
  });

  it('of a subject that the policy does not name are refused everywhere, with a warning where a key is made', async () => {
    const file = await policyFile(known);
    expect(await strangerNote('key:alcie', file)).toMatch(
      /^The policy names no key:alcie: until it does, this key is refused everywhere\. It names .*key:alice.*\.$/,
    );
    expect(await strangerNote('key:ci-shop', file)).toBeNull();
    for (const none of [null, await policyFile('gantry: 1\npeople: []\n')])
      expect(await strangerNote('key:alcie', none)).toBeNull();
  });

  it('are none of a name that is no subject and that no policy knows', async () => {
    for (const file of [null, await policyFile(known), await policyFile('gantry: 1\npeople: []\n')])
      await expect(revokeTokens(storeOf(), 'github:zoe', file)).rejects.toMatchObject({ code: 'malformed' });
  });

  it('can be ended while the policy is broken', async () => {
    const store = storeOf();
    await createToken(store, 'key:alice');
    const lines = await revokeTokens(store, 'key:alice', await policyFile('gantry: 1\npeople: []\n'));
    expect(lines).toEqual([
      'Revoked 1 of key:alice.',
      expect.stringMatching(/^This name only: the policy does not count \(/),
    ]);
  });
});

describe('the keys of gantry dev', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gantry-tokens-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const policy = policySchema.parse(testPolicy);

  it('stay as they are, but for one that is no longer valid, one of an earlier form and those of no subject', async () => {
    const store = storeOf();
    const file = join(folder, 'tokens.json');
    const first = await ensureTokens(store, policy, file);
    expect(Object.keys(first)).toEqual([...policy.people, ...policy.robots].map(({ subject }) => subject));
    expect(await ensureTokens(store, policy, file)).toEqual(first);

    await revokeTokens(store, 'key:bob', null);
    const earlier = `gtk_${'a'.repeat(43)}`;
    const gone = await createToken(store, 'key:gone');
    await writeFile(file, JSON.stringify({ ...first, 'key:alice': earlier, 'key:gone': gone, 'key:dan': 5 }));
    const second = await ensureTokens(store, policy, file);
    const changed = Object.keys(second).filter((subject) => second[subject] !== first[subject]);
    expect(changed).toEqual(['key:alice', 'key:bob', 'key:dan']);
    await expect(storedKey(store, gone, 'key', now)).rejects.toThrow(/was revoked/);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(second);
  });

  it('are made for subjects that the policy adds while it runs, and end for those that it drops', async () => {
    const store = storeOf();
    const file = join(folder, 'kept.json');
    let read = { policy, digest: 'first', fault: null };
    const told: string[] = [];
    const keeper = await keepTokens(store, { read: async () => read }, file, (line) => void told.push(line));
    try {
      const zoe = { subject: 'key:zoe', name: 'Zoe', roles: ['support'], aliases: [] };
      const people = [...policy.people.filter(({ subject }) => subject !== 'key:bob'), zoe];
      read = { ...read, policy: { ...policy, people }, digest: 'second' };
      await eventually(
        async () => told.length,
        (lines) => lines === 2,
      );
      expect(told).toEqual([
        `Tokens of key:zoe are in ${file}.`,
        'Tokens of key:bob count no more: the policy names them no more.',
      ]);
      const now = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
      expect(await storedKey(store, now['key:zoe'] ?? '', 'key', Date.now())).toMatchObject({ subject: 'key:zoe' });
      expect(now['key:alice']).toBe(keeper.tokens['key:alice']);
    } finally {
      await keeper.stop();
    }
  });
});

it('a place where something listens is refused before anything begins, with what to do', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await expect(requireFree({ host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringMatching(/something else listens there already \(--listen/),
    });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  await requireFree({ host: '127.0.0.1', port });
  await requireFree({ host: '127.0.0.1', port });
});
