import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTrust } from '../../../../src/main/keys/trusted-keys.ts';
import { latch } from '../../../support/latch.ts';

const start = Date.parse('2026-11-23T09:00:00.000Z');
const after = (ms: number) => vi.setSystemTime(start + ms);
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  after(0);
});
afterEach(() => void vi.useRealTimers());

type Rows = readonly { readonly id: string; readonly publicKey: string }[];
const rowOf = (id: string) => ({ id, publicKey: `public key of ${id}` });
const both = [rowOf('old'), rowOf('new')];

const silent = () => new Promise<never>(() => undefined);

/** A store that answers as it is told, and how often it was asked. */
function trustIn(first: Rows | null, remembered: Rows | null = null) {
  let answer = async (): Promise<Rows> => first ?? silent();
  let asked = 0;
  const trust = createTrust(
    {
      trustedKeys: () => {
        asked += 1;
        return answer();
      },
    },
    { remembered },
  );
  return {
    trusted: (id: string) => trust.key(id),
    refresh: () => trust.refresh(),
    asked: () => asked,
    answers: (how: () => Promise<Rows>) => {
      answer = how;
    },
  };
}
describe('a key of the API', () => {
  it('counts without the store being asked again for 5 s', async () => {
    const { trusted, asked } = trustIn(both);
    expect(await trusted('old')).toBe('public key of old');
    after(5_000);
    expect(await trusted('old')).toBe('public key of old');
    expect(await trusted('new')).toBe('public key of new');
    expect(asked()).toBe(1);
  });

  it('that was retired stops counting within 5 s', async () => {
    const { trusted, answers } = trustIn(both);
    await trusted('old');
    answers(async () => [rowOf('new')]);
    after(5_001);
    expect(await trusted('old')).toBeNull();
    expect(await trusted('new')).toBe('public key of new');
  });

  it('that was retired while the store took its time to answer counts no longer for that', async () => {
    const { trusted, answers } = trustIn(both);
    await trusted('old');
    const slow = latch();
    answers(() => slow.closed.then(() => both));
    after(6_000);
    const asking = trusted('unknown');
    after(60_000);
    slow.open();
    await asking;
    answers(async () => [rowOf('new')]);
    expect(await trusted('old')).toBeNull();
  });

  it('that was retired does not come back with an answer that comes late', async () => {
    const { trusted, answers } = trustIn(both);
    await trusted('old');
    const slow = latch();
    answers(() => slow.closed.then(() => both));
    after(6_000);
    const asking = trusted('unknown');
    answers(async () => [rowOf('new')]);
    after(7_000);
    expect(await trusted('old')).toBeNull();
    slow.open();
    await asking;
    expect(await trusted('old')).toBeNull();
  });

  it('that is not known is asked for at once, each time', async () => {
    const { trusted, asked, answers } = trustIn([rowOf('old')]);
    expect(await trusted('old')).toBe('public key of old');
    expect(await trusted('new')).toBeNull();
    answers(async () => both);
    expect(await trusted('new')).toBe('public key of new');
    expect(asked()).toBe(3);
  });
});

describe('while the store gives no answer', () => {
  it.each([
    ['hangs', silent],
    ['fails', () => Promise.reject(new Error('no store'))],
  ])('what was known counts on, at once or nearly so, when it %s', async (_, how) => {
    const { trusted, answers } = trustIn([rowOf('old')]);
    await trusted('old');
    answers(how);
    after(3_600_000);
    expect(await trusted('old')).toBe('public key of old');
  });

  it('a caller waits for a silent store once, and not again before it has answered', async () => {
    const { trusted, answers } = trustIn([rowOf('old')]);
    await trusted('old');
    answers(silent);
    after(6_000);
    await trusted('old');
    const began = performance.now();
    for (let i = 0; i < 5; i += 1) expect(await trusted('old')).toBe('public key of old');
    expect(performance.now() - began).toBeLessThan(400);
  });

  it('the keys that it had when the worker started are known, though none has been requested', async () => {
    const { trusted, answers } = trustIn([rowOf('old')]);
    answers(silent);
    after(6_000);
    expect(await trusted('old')).toBe('public key of old');
  });

  it('and for no longer: a retired key stops counting as soon as it answers again', async () => {
    const { trusted, answers } = trustIn(both);
    await trusted('old');
    answers(silent);
    after(6_000);
    expect(await trusted('old')).toBe('public key of old');
    answers(async () => [rowOf('new')]);
    expect(await trusted('old')).toBeNull();
  });

  it('keys that were known before the process began are trusted, until the store answers otherwise', async () => {
    const { trusted, answers, refresh } = trustIn(null, [rowOf('old')]);
    expect(await trusted('old')).toBe('public key of old');
    answers(async () => [rowOf('new')]);
    await refresh();
    expect(await trusted('old')).toBeNull();
    expect(await trusted('new')).toBe('public key of new');
  });

  it('keys that a refresh has read are trusted', async () => {
    const { trusted, answers, refresh } = trustIn([rowOf('old')]);
    await trusted('old');
    answers(async () => both);
    await refresh();
    answers(silent);
    after(3_600_000);
    expect(await trusted('new')).toBe('public key of new');
  });

  it('a key that was never known does not count', async () => {
    const { trusted, answers } = trustIn([rowOf('old')]);
    await trusted('old');
    answers(() => Promise.reject(new Error('no store')));
    await expect(trusted('new')).rejects.toThrow('no store');
    expect(await trusted('old')).toBe('public key of old');
  });
});
