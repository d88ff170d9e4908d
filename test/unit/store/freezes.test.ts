import { describe, expect, it } from 'vitest';
import type { FreezeScope } from '../../../src/domain/policy/freezes-by-people.ts';
import { engines, useStore } from './engines.ts';
import { freezeOf } from './rows.ts';

const scopes: Readonly<Record<string, FreezeScope>> = {
  everything: { kind: 'everything' },
  shop: { kind: 'service', service: 'shop' },
  production: { kind: 'environment', environment: 'production' },
  'shop-production': { kind: 'target', service: 'shop', environment: 'production' },
  pay: { kind: 'service', service: 'pay' },
  'pay-production': { kind: 'target', service: 'pay', environment: 'production' },
};

const now = '2026-11-23T10:00:00.000Z';

describe.each(engines)('on %s', (engine) => {
  const given = useStore(engine);
  const idsOf = async (service: string, environment: string, at = now) =>
    (await given.store.freezesOf(service, environment, at)).map(({ id }) => id).sort();

  it('a freeze comes back as it was made, and holds what it covers', async () => {
    const freezes = Object.entries(scopes).map(([id, scope]) => freezeOf(id, scope));
    for (const freeze of freezes) await given.store.addFreeze(freeze);

    expect(await given.store.freeze('shop-production')).toEqual(freezes[3]);
    expect(await given.store.freeze('nothing')).toBeNull();
    expect(await idsOf('shop', 'production')).toEqual(['everything', 'production', 'shop', 'shop-production']);
    expect(await idsOf('pay', 'staging')).toEqual(['everything', 'pay']);
    expect(await idsOf('other', 'staging')).toEqual(['everything']);
  });

  it('is lifted once, and keeps the person, time and reason of that', async () => {
    const first = { at: now, by: 'key:carol', reason: 'solved' };
    expect(await given.store.liftFreeze('everything', first)).toMatchObject({ id: 'everything', lifted: first });
    const again = { ...first, by: 'key:dan', reason: 'again' };
    expect(await given.store.liftFreeze('everything', again)).toMatchObject({ lifted: first });
    expect(await given.store.liftFreeze('nothing', first)).toBeNull();
    expect(await idsOf('other', 'staging')).toEqual([]);
    expect((await given.store.freezes({ limit: 100 })).items.map(({ id }) => id)).toContain('everything');
  });

  it('is not asked for any more once it is over, and before it begins', async () => {
    const span = { from: '2026-11-24T00:00:00.000Z', until: '2026-11-25T00:00:00.000Z' };
    await given.store.addFreeze(freezeOf('later', { kind: 'environment', environment: 'later' }, span));
    expect(await idsOf('x', 'later')).toEqual(['later']);
    expect(await idsOf('x', 'later', '2026-11-24T23:59:59.999Z')).toEqual(['later']);
    expect(await idsOf('x', 'later', '2026-11-25T00:00:00.000Z')).toEqual([]);
  });

  it('is listed, the newest first', async () => {
    const createdAt = '2026-11-26T00:00:00.000Z';
    await given.store.addFreeze(freezeOf('newest', { kind: 'everything' }, { createdAt }));
    expect((await given.store.freezes({ limit: 1 })).items.map(({ id }) => id)).toEqual(['newest']);
    const listed = async (isActive: boolean, at: string) =>
      (await given.store.freezes({ limit: 100, which: { isActive, at } })).items.map(({ id }) => id).sort();
    const [open, over] = [await listed(true, now), await listed(false, now)];
    expect(open).toEqual(['later', 'newest', 'pay', 'pay-production', 'production', 'shop', 'shop-production']);
    expect(over).toEqual(['everything']);
    expect(await listed(false, '2026-11-25T00:00:00.000Z')).toEqual(['everything', 'later']);
  });

  it('is listed in pages, each once, also where many were made in the same instant', async () => {
    const all = (await given.store.freezes({ limit: 100 })).items.map(({ id }) => id);
    const pages: string[][] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await given.store.freezes({ limit: 3, cursor });
      pages.push(page.items.map(({ id }) => id));
      if (page.next === null) break;
      cursor = page.next;
    }
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 2]);
    expect(pages.flat()).toEqual(all);
    await expect(given.store.freezes({ limit: 2, cursor: 'x' })).rejects.toMatchObject({ code: 'malformed' });
  });
});
