import { describe, expect, it } from 'vitest';
import type { SavedTarget } from '../../../src/domain/target/state.ts';
import type { Store } from '../../../src/store/index.ts';
import { maxFenceJump } from '../../../src/store/targets.ts';
import type { BodyDigests, Claim, RememberedAnswer } from '../../../src/store/values.ts';
import { engines, useStore } from './engines.ts';

const times = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));

const bodyOf = (text: string): BodyDigests => ({ sent: `sent ${text}`, read: `read ${text}` });
const body = bodyOf('a body');
const other = bodyOf('another body');
const deploymentOf = (number: number): RememberedAnswer => ({
  kind: 'deployment',
  deployment: `shop.production.${number}`,
});
/** Whatever the clock's steps: two claims of one millisecond are apart by none. */
const staleAtOnce = { staleClaimMs: -1_000 };
async function claimed(store: Store, key: string, digests: BodyDigests = body) {
  const claim = await store.claim('key:alice', key, digests);
  if (claim.kind !== 'claimed') throw new Error(`${key} is ${claim.kind}`);
  return claim satisfies Claim;
}

describe.each(engines)('on %s', (engine) => {
  const given = useStore(engine);

  describe('an idempotency key', () => {
    it('goes to one of many who claim it at once', async () => {
      const { store } = given;
      const claims = await Promise.all(times(20, () => store.claim('key:alice', 'many', body)));

      expect(claims.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
      expect(claims.filter(({ kind }) => kind === 'in-progress')).toHaveLength(19);
    });

    it('answers with the deployment once that is there, and refuses another body', async () => {
      const { store } = given;
      const { held } = await claimed(store, 'done');
      expect(await store.claim('key:alice', 'done', other)).toEqual({ kind: 'other-body' });
      await store.complete(held, deploymentOf(7));
      await store.complete(held, deploymentOf(8));

      const answer = { kind: 'completed', answer: deploymentOf(7) };
      expect(await Promise.all(times(5, () => store.claim('key:alice', 'done', body)))).toEqual(times(5, () => answer));
      expect(await store.claim('key:alice', 'done', other)).toEqual({ kind: 'other-body' });
    });

    it('answers with what was given, to the letter', async () => {
      const { store } = given;
      const answers: readonly RememberedAnswer[] = [
        { kind: 'given', status: 201, location: '/v1/freezes/7', body: { note: 'ä\n"', until: null, targets: [] } },
        { kind: 'message', deployment: 'shop.production.7', seq: 12 },
      ];
      for (const answer of answers) {
        const { held } = await claimed(store, answer.kind);
        await store.complete(held, answer);
        expect(await store.claim('key:alice', answer.kind, body)).toEqual({ kind: 'completed', answer });
        for (const late of ['release', 'giveBack'] as const) await store[late](held);
        expect(await store.claim('key:alice', answer.kind, body)).toEqual({ kind: 'completed', answer });
      }
    });

    it('belongs to one subject', async () => {
      const { store } = given;
      for (const subject of ['key:alice', 'key:bob'])
        expect(await store.claim(subject, 'same', bodyOf(`body of ${subject}`))).toMatchObject({ isFirst: true });
    });

    it('knows a body by how it was sent, however a build reads it; one of the build before by how that read it', async () => {
      const { store } = given;
      const { held, bodyDigest } = await claimed(store, 'upgraded', { sent: 'bytes', read: 'as read before' });
      expect(bodyDigest).toBe('as read before');
      await store.giveBack(held);
      // What the target was told stays what it is told.
      expect(await claimed(store, 'upgraded', { sent: 'bytes', read: 'as read now' })).toMatchObject({
        isFirst: false,
        bodyDigest: 'as read before',
      });
      expect(await store.claim('key:alice', 'upgraded', { sent: 'others', read: 'as read before' })).toEqual({
        kind: 'other-body',
      });
    });

    it('is free again after a release, but not after an answer', async () => {
      const { store } = given;
      const { held } = await claimed(store, 'released');
      await store.release(held);
      const { held: second, isFirst } = await claimed(store, 'released', other);
      expect(isFirst).toBe(true);

      await store.complete(second, deploymentOf(9));
      await store.release(second);
      expect(await store.claim('key:alice', 'released', other)).toMatchObject({ kind: 'completed' });
    });

    it('that was given back goes to exactly one at once, with the same body only, unless it was answered', async () => {
      const { store } = given;
      const { held, operation } = await claimed(store, 'back');
      await store.giveBack(held);
      expect(await store.claim('key:alice', 'back', other)).toEqual({ kind: 'other-body' });
      const claims = await Promise.all(times(20, () => store.claim('key:alice', 'back', body)));
      const [next, ...more] = claims.filter((claim) => claim.kind === 'claimed');
      expect(next).toMatchObject({ isFirst: false, operation });
      expect(more).toEqual([]);
      expect(claims.filter(({ kind }) => kind === 'in-progress')).toHaveLength(19);

      if (next) await store.complete(next.held, deploymentOf(9));
      if (next) await store.giveBack(next.held);
      expect(await store.claim('key:alice', 'back', body)).toMatchObject({ kind: 'completed' });
    });

    it('that was taken over can no longer be forgotten, given back or answered by its first holder', async () => {
      await given.reopen(staleAtOnce);
      const { store } = given;
      for (const late of ['release', 'giveBack', 'complete'] as const) {
        const first = await claimed(store, `slow-${late}`);
        const second = await claimed(store, `slow-${late}`);
        expect(second).toMatchObject({ isFirst: false, operation: first.operation });
        await store[late](first.held, deploymentOf(1));
        await store.complete(second.held, deploymentOf(2));
        const answer = { kind: 'completed', answer: deploymentOf(2) };
        expect(await store.claim('key:alice', `slow-${late}`, body)).toEqual(answer);
      }
      await given.reopen();
    });

    it('goes to exactly one when the holder is silent for too long, with the same body only', async () => {
      await given.reopen({ staleClaimMs: 3_000 });
      const { store } = given;
      await claimed(store, 'stale');
      await store.complete((await claimed(store, 'stale-and-done')).held, deploymentOf(7));

      let round: readonly string[] = [];
      const claimAll = async () => {
        const claims = await Promise.all(times(20, () => store.claim('key:alice', 'stale', body)));
        return (round = claims.map(({ kind }) => kind));
      };
      expect(await claimAll()).not.toContain('claimed');
      await expect.poll(claimAll, { timeout: 30_000 }).toContain('claimed');
      expect(round.filter((kind) => kind === 'claimed')).toHaveLength(1);

      await given.reopen(staleAtOnce);
      expect(await given.store.claim('key:alice', 'stale', other)).toEqual({ kind: 'other-body' });
      expect(await claimed(given.store, 'stale')).toMatchObject({ isFirst: false });
      expect(await given.store.claim('key:alice', 'stale-and-done', body)).toMatchObject({ kind: 'completed' });
      await given.reopen();
    });
  });

  describe('a fence', () => {
    it('only rises, whatever the order in which numbers are seen', async () => {
      const { store } = given;
      expect(await store.raiseFence('shop/a', 3)).toBe(3);
      expect(await store.raiseFence('shop/a', 2)).toBe(3);
      expect(await store.raiseFence('shop/b', 1)).toBe(1);

      const answers = await Promise.all(times(20, (i) => store.raiseFence('shop/a', i + 1)));
      expect(answers.every((answer, i) => answer >= i + 1)).toBe(true);
      expect(await store.raiseFence('shop/a', 0)).toBe(20);
    });

    it('is known as soon as the target that granted it is saved', async () => {
      const { store } = given;
      await store.saveTarget(target({ service: 'granted', fence: 5 }));
      expect(await store.raiseFence('granted/production', 4)).toBe(5);

      await store.saveTarget(target({ service: 'granted', fence: 4 }));
      expect(await store.raiseFence('granted/production', 4)).toBe(5);
    });

    it('of a state that is not kept, because a newer one is, raises nothing', async () => {
      const { store } = given;
      const known = target({ service: 'unkept', lastNumber: 7, fence: 5 });
      await store.saveTarget(known);
      await store.saveTarget(target({ ...known, lastNumber: 6, fence: 9, version: known.version + 1 }));
      expect(await store.raiseFence('unkept/production', 0)).toBe(5);
    });

    it('that is no whole number from 0 on is always refused', async () => {
      const { store } = given;
      for (const fence of [Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5, 2 ** 53, '7' as never, null as never]) {
        await expect(store.raiseFence('odd/production', fence)).rejects.toMatchObject({ code: 'malformed' });
        await expect(store.saveTarget(target({ service: 'odd', fence }))).rejects.toMatchObject({ code: 'malformed' });
      }
      expect(await store.target('odd', 'production')).toBeNull();
      expect(await store.raiseFence('odd/production', 0)).toBe(0);
    });

    it('that jumps beyond reason is refused, and neither a first one nor a saved one gets around that', async () => {
      const { store } = given;
      await store.saveTarget(target({ service: 'made-up', fence: 5 }));
      for (const fence of [5 + maxFenceJump + 1, 1e9, 2 ** 31, 1e15, Number.MAX_SAFE_INTEGER]) {
        await expect(store.raiseFence('made-up/production', fence)).rejects.toMatchObject({ code: 'stale-fence' });
        await expect(store.raiseFence('never/seen', fence)).rejects.toMatchObject({ code: 'stale-fence' });
      }
      for (const fence of [1e9, 2 ** 31, 1e15, Number.MAX_SAFE_INTEGER]) {
        const state = target({ service: 'made-up', lastNumber: 4, fence });
        await expect(store.saveTarget(state)).rejects.toMatchObject({ code: 'stale-fence' });
      }
      expect(await store.target('made-up', 'production')).toMatchObject({ lastNumber: 3, fence: 5 });
      expect(await store.raiseFence('made-up/production', 6)).toBe(6);
      expect(await store.raiseFence('never/seen', 1)).toBe(1);
    });

    it('that ran ahead while the store was away is taken', async () => {
      const { store } = given;
      await store.saveTarget(target({ service: 'away', fence: 5 }));
      const ahead = 5 + maxFenceJump;
      await store.saveTarget(target({ service: 'away', fence: ahead }));
      expect(await store.target('away', 'production')).toMatchObject({ fence: ahead });
      expect(await store.raiseFence('away/production', ahead + maxFenceJump)).toBe(ahead + maxFenceJump);
    });

    it('that is far ahead of a store that is an old copy is taken from the target itself', async () => {
      const { store } = given;
      await store.saveTarget(target({ service: 'restored', fence: 5 }));
      await store.saveTarget(target({ service: 'restored', fence: 50_000 }));
      expect(await store.raiseFence('restored/production', 50_000)).toBe(50_000);
    });

    it('is known of a target whose own copy is older', async () => {
      const { store } = given;
      await store.saveTarget(target({ service: 'behind', fence: 2 }));
      await store.raiseFence('behind/production', 3);
      expect(await store.target('behind', 'production')).toMatchObject({ fence: 3 });
    });
  });

  describe('a target', () => {
    it('comes back as it was saved', async () => {
      const { store } = given;
      const artifact = { uri: 'ghcr.io/acme/shop@sha256:77', digest: `sha256:${'77'.repeat(32)}` };
      const full = target({
        service: 'whole',
        live: { release: '1.4.1', artifact, since: '2026-11-19T10:02:44.190Z', deployment: null },
        slot: 'blue',
        lock: { deployment: 'whole.production.3', fence: 2, since: '2026-11-23T09:00:02.114Z' },
        reviews: [
          {
            deployment: 'whole.production.3',
            dueAt: '2026-11-25T09:00:02.114Z',
            isOverdue: true,
            blocksNext: true,
            excluded: ['key:alice'],
          },
        ],
      });
      const empty = target({ service: 'whole', environment: 'eu' });
      for (const state of [full, empty]) await store.saveTarget(state);

      expect(await store.target('whole', 'production')).toEqual(full);
      expect((await store.targets()).filter(({ service }) => service === 'whole')).toEqual([empty, full]);
      expect(await store.target('whole', 'nowhere')).toBeNull();
    });

    it('are listed in pages, each once, also those of one service or environment', async () => {
      const { store } = given;
      const names = ['a/one', 'a/two', 'b/one', 'c/one', 'c/two'].map((name) => `paged-${name}`);
      for (const name of names.toReversed()) {
        const [service = '', environment = ''] = name.split('/');
        await store.saveTarget(target({ service, environment }));
      }
      const listed = async (filter: { readonly service?: string; readonly environment?: string }) => {
        const pages: string[][] = [];
        for (let cursor: string | undefined, isLast = false; !isLast; ) {
          const { items, next } = await store.targetsBy({ ...filter, limit: 2, cursor });
          pages.push(items.map(({ service, environment }) => `${service}/${environment}`));
          cursor = next ?? undefined;
          isLast = next === null;
        }
        return pages.map((page) => page.filter((name) => name.startsWith('paged-'))).filter((page) => page.length > 0);
      };
      expect((await listed({})).flat()).toEqual(names);
      expect(await listed({ service: 'paged-c' })).toEqual([['paged-c/one', 'paged-c/two']]);
      expect(await listed({ environment: 'two' })).toEqual([['paged-a/two', 'paged-c/two']]);
      await expect(store.targetsBy({ limit: 2, cursor: 'x' })).rejects.toMatchObject({ code: 'malformed' });
    });

    it('keeps what is newer by number or by fence', async () => {
      const { store } = given;
      const known = target({ service: 'kept', lastNumber: 7, fence: 3, slot: 'green' });
      await store.saveTarget(known);
      for (const older of [
        { lastNumber: 6, fence: 3 },
        { lastNumber: 7, fence: 2 },
        { lastNumber: 8, fence: 2 },
      ])
        await store.saveTarget({ ...known, ...older, slot: 'blue', version: known.version + 1 });
      expect(await store.target('kept', 'production')).toEqual(known);

      const newer = { ...known, lastNumber: 8, slot: null, version: known.version + 2 };
      expect(await store.saveTarget(newer)).toBe(newer.version);
      expect(await store.target('kept', 'production')).toEqual(newer);
    });

    it('is what was saved last, whatever comes late, again or out of order, and reports its version', async () => {
      const { store } = given;
      const lock = { deployment: 'late.production.3', fence: 2, since: '2026-11-23T09:00:02.114Z' };
      const held = target({ service: 'late', lock });
      const ended = { ...held, lock: null, slot: 'green', version: held.version + 1 };
      expect(await store.saveTarget(ended)).toBe(ended.version);
      // It was on its way while its worker was stopped.
      expect(await store.saveTarget(held)).toBe(ended.version);
      expect(await store.saveTarget({ ...ended, slot: 'blue' })).toBe(ended.version);
      expect(await store.target('late', 'production')).toEqual(ended);
      // Made up: nobody could ever save a later one.
      expect(await store.saveTarget({ ...held, version: 2 ** 31 - 1 })).toBe(ended.version);
      expect(await store.target('late', 'production')).toEqual(ended);
    });
  });
});

let saves = 0;

/** Each one is saved later than the one before. */
function target(other: Partial<SavedTarget>): SavedTarget {
  saves += 1;
  return {
    version: saves,
    service: 'shop',
    environment: 'production',
    lastNumber: 3,
    fence: 2,
    live: null,
    slot: null,
    lock: null,
    reviews: [],
    ...other,
  };
}
