import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createKnownKeys } from '../../../../src/api/identity/known-keys.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';
import type { StoredKey } from '../../../../src/domain/trust/api-keys.ts';

const minute = 60_000;
const keyOf = (id: string, more: Partial<StoredKey> = {}): StoredKey => ({
  id,
  hash: 'hash',
  subject: `key:${id}`,
  kind: 'key',
  scopes: null,
  createdAt: '2026-11-20T10:00:00.000Z',
  expiresAt: null,
  revokedAt: null,
  unconfirmedSince: null,
  ...more,
});

/** A store of keys that answers, refuses, or says nothing. */
let stored: Map<string, StoredKey>;
let mood: 'answers' | 'refuses' | 'says nothing';
let keys: ReturnType<typeof createKnownKeys>;

async function speak<T>(answer: () => T): Promise<T> {
  if (mood === 'says nothing') await new Promise(() => undefined);
  if (mood === 'refuses') throw new GantryError('store-unavailable', 'The store does not answer.');
  return answer();
}
const store = {
  key: (id: string) => speak(() => stored.get(id) ?? null),
  keys: () => speak(() => [...stored.values()]),
};
/** What `find` answers, however long it waits for the store. */
async function found(id: string, mayBeKnown = true) {
  const asked = keys.find(id, mayBeKnown);
  asked.catch(() => undefined);
  await vi.advanceTimersByTimeAsync(1_000);
  return asked;
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-23T10:00:00.000Z') });
  stored = new Map(['alice', 'bob'].map((id) => [id, keyOf(id)]));
  mood = 'answers';
  keys = createKnownKeys(store, Date.now);
});
afterEach(() => {
  keys.close();
  vi.useRealTimers();
});

describe('a key', () => {
  it('is read from the store at each request, while it answers', async () => {
    expect(await found('alice')).toEqual({ ...keyOf('alice'), verifiedAt: null });
    stored.set('alice', keyOf('alice', { revokedAt: '2026-11-23T10:00:00.500Z' }));
    expect(await found('alice')).toMatchObject({ revokedAt: '2026-11-23T10:00:00.500Z' });
    stored.delete('alice');
    expect(await found('alice')).toBeNull();
  });

  it.each(['refuses', 'says nothing'] as const)(
    'counts for 15 minutes by what was known, where that will do, while the store %s',
    async (how) => {
      await vi.advanceTimersByTimeAsync(minute);
      mood = how;
      const heard = '2026-11-23T10:01:00.000Z';
      // Nobody has ever used it here.
      expect(await found('bob')).toEqual({ ...keyOf('bob'), verifiedAt: heard });
      await vi.advanceTimersByTimeAsync(14 * minute + 50_000);
      expect(await found('bob')).toMatchObject({ verifiedAt: heard });
      await vi.advanceTimersByTimeAsync(minute);
      let late: unknown = 'nothing';
      void keys.find('bob', true).then(
        (key) => (late = key),
        (error: GantryError) => (late = error.code),
      );
      await vi.advanceTimersByTimeAsync(1_000);
      expect(late).toBe(how === 'refuses' ? 'store-unavailable' : 'nothing');
    },
  );

  it('does not count by what was known where the store itself is wanted, nor where nothing was known', async () => {
    await found('alice');
    mood = 'refuses';
    await expect(found('alice', false)).rejects.toMatchObject({ code: 'store-unavailable' });
    await expect(found('carol')).rejects.toMatchObject({ code: 'store-unavailable' });
  });

  it('that was seen revoked stays so while the store does not answer, and where an older copy of it differs', async () => {
    const revokedAt = '2026-11-23T10:00:30.000Z';
    stored.set('alice', keyOf('alice', { revokedAt }));
    // Nobody asks for it: all keys are read once a minute.
    await vi.advanceTimersByTimeAsync(minute);
    mood = 'refuses';
    expect(await found('alice')).toMatchObject({ revokedAt });
    mood = 'answers';
    stored.set('alice', keyOf('alice'));
    expect(await found('alice')).toMatchObject({ revokedAt, verifiedAt: null });
    stored.delete('alice');
    expect(await found('alice')).toBeNull();
    stored.set('alice', keyOf('alice'));
    expect(await found('alice')).toMatchObject({ revokedAt });
  });
});
