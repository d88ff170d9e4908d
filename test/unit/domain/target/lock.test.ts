import { describe, expect, it } from 'vitest';
import { withEnd } from '../../../../src/domain/target/ended-deployments.ts';
import { withLate, withoutLate } from '../../../../src/domain/target/late-deliveries.ts';
import { isHeldBy, withGrant, withRelease, withStuck } from '../../../../src/domain/target/lock.ts';
import { withAsker } from '../../../../src/domain/target/queue.ts';
import { rememberedEnds } from '../../../../src/domain/target/requests.ts';
import { emptyTarget } from '../../../../src/domain/target/state.ts';
import { supersededIn } from '../../../../src/domain/target/supersede.ts';
import { targetStateOf, targetViewOf } from '../../../../src/domain/target/view.ts';
import { at, granted, openDeployment, targetWith } from './target-builders.ts';

const live = { release: '2.0.0', artifact: { uri: 'a', digest: 'sha256:a' }, since: at, deployment: 'a.b.1' };
const serves = { live, slot: 'green' };

describe('the lock', () => {
  it('goes to who asked first, not to the lowest number', () => {
    const first = granted(targetWith([1, 2], [2, 1]));
    expect(first.lock).toMatchObject({ number: 2, fence: 1 });
    expect(first.queue).toStrictEqual([1]);
    const second = granted(withEnd(first, 2, { outcome: 'succeeded', serves: null, supersedes: false }));
    expect(second.lock).toMatchObject({ number: 1, fence: 2 });
  });

  it('has one holder at a time', () => {
    expect(withGrant(granted(targetWith([1, 2], [1, 2])), at)).toBeNull();
  });

  it('is not granted when the queue is empty, or who asked is gone', () => {
    expect(withGrant(targetWith([1], []), at)).toBeNull();
    expect(withGrant(targetWith([1], [9]), at)).toBeNull();
  });

  it('is given back by its holder, with what serves since', () => {
    const held = granted(targetWith([1, 2, 3], [1, 2, 3]));
    expect(withRelease(held, 1, serves)).toMatchObject({ ...serves, lock: null, queue: [2, 3] });
    expect(withRelease(held, 1, null)).toMatchObject({ lock: null, live: held.live, slot: held.slot });
  });

  it('is not released by another one, which only leaves the queue and changes nothing of what serves', () => {
    const held = granted(targetWith([1, 2, 3], [1, 2, 3]));
    expect(withRelease(held, 2, serves)).toStrictEqual({ ...held, queue: [3] });
    const idle = targetWith([1, 2], [2]);
    expect(withRelease(idle, 1, serves)).toStrictEqual(idle);
  });

  it('is not released while it is stuck, whoever asks; others leave the queue', () => {
    const stuck = withEnd(granted(targetWith([1, 2], [1, 2])), 1, 'lost');
    expect(withRelease(stuck, 1, serves)).toStrictEqual(stuck);
    expect(withRelease(stuck, 2, null)).toStrictEqual({ ...stuck, queue: [] });
  });

  it('is stuck as soon as its holder, and no other, reports it', () => {
    const held = granted(targetWith([1, 2], [1, 2]));
    const stuck = withStuck(held, 1, 40);
    expect(stuck.lock).toMatchObject({ number: 1, isStuck: true, decidedSeq: 40 });
    expect(withStuck(held, 2, 40)).toBe(held);
    expect(withStuck(stuck, 1, 99)).toBe(stuck);
    // The end of its workflow says the same again, and changes nothing where a repair has the lock by then.
    expect(withEnd(stuck, 1, 'lost').lock).toStrictEqual(stuck.lock);
    const repaired = {
      ...stuck,
      lock: { number: 2, deployment: 'shop.production.2', fence: 2, since: at, isStuck: false },
    };
    expect(withEnd(repaired, 1, 'lost').lock).toStrictEqual(repaired.lock);
  });

  it('is kept, stuck, when its holder is lost, and free when it ended', () => {
    const held = granted(targetWith([1, 2], [1, 2]));
    const lost = withEnd(held, 1, 'lost');
    expect(lost.lock).toMatchObject({ number: 1, isStuck: true });
    expect(withGrant(lost, at)).toBeNull();
    expect(targetViewOf(lost).needsIntervention).toBe(true);
    expect(withEnd(held, 1, { outcome: 'rolled-back', serves: null, supersedes: false }).lock).toBeNull();
  });

  it('brings what its holder was confirmed to serve, and nothing of one that did not hold it', () => {
    const held = granted(targetWith([1, 2], [1, 2]));
    const end = { outcome: 'succeeded', supersedes: true, serves };
    expect(withEnd(held, 1, end)).toMatchObject({ lock: null, live: { release: '2.0.0' }, slot: 'green' });
    expect(withEnd(held, 2, end)).toMatchObject({ lock: { number: 1 }, live: held.live, slot: held.slot });
  });

  it('stays with its holder when another deployment ends', () => {
    const held = granted(targetWith([1, 2], [1, 2]));
    const after = withEnd(held, 2, 'lost');
    expect(after.lock).toStrictEqual(held.lock);
    expect(after.queue).toStrictEqual([]);
    expect(after.open.map(({ number }) => number)).toStrictEqual([1]);
  });
});

it('is held by a deployment by exactly one grant', () => {
  const held = targetViewOf({ ...granted(targetWith([1, 2], [1, 2])), live, slot: 'blue' });
  const grant = { fence: 1, live, slot: 'blue' };
  const id = 'shop.production.1';
  expect(isHeldBy(held, id, grant)).toBe(true);
  expect(isHeldBy(held, 'shop.production.2', grant)).toBe(false);
  for (const other of [{ fence: 2 }, { live: null }, { live: { ...live, release: '6.6.6' } }, { slot: 'green' }])
    expect(isHeldBy(held, id, { ...grant, ...other })).toBe(false);
  expect(isHeldBy({ ...held, lock: null }, id, grant)).toBe(false);
});

describe('a confirmed release', () => {
  it('supersedes every older open one, whether or not it ever had the lock, and no newer one', () => {
    const once = withRelease(granted(targetWith([1, 2, 3, 4], [1])), 1, null);
    const confirmed = withRelease(granted({ ...once, queue: [3] }), 3, serves);
    expect(supersededIn(confirmed).map(({ number }) => number)).toStrictEqual([1, 2]);
    const ended = withEnd(granted({ ...once, queue: [3] }), 3, { outcome: 'succeeded', supersedes: true, serves });
    expect(supersededIn(ended).map(({ number }) => number)).toStrictEqual([1, 2]);
  });

  it('takes older ones out of the queue in the same step, and lets none of them in again', () => {
    const confirmed = withRelease(granted(targetWith([1, 2, 3, 4], [3, 2, 4, 1])), 3, serves);
    expect(confirmed.queue).toStrictEqual([4]);
    expect(withAsker(confirmed, 2)).toBe(confirmed);
    // Nor the confirmed one, which may be open for hours yet: only somebody else can ask in its name.
    expect(withAsker(confirmed, 3)).toBe(confirmed);
    expect(withAsker({ ...confirmed, queue: [] }, 4).queue).toStrictEqual([4]);
  });

  it('stays the newest one when an older one is confirmed late, and when a repair brings it back', () => {
    const known = { ...granted(targetWith([1, 2, 9], [1])), newestConfirmed: 8 };
    expect(withRelease(known, 1, serves).newestConfirmed).toBe(8);
    const repair = granted({
      ...targetWith([1, 2], [2]),
      open: [openDeployment(1), { ...openDeployment(2), isRepair: true }],
    });
    expect(supersededIn(withRelease(repair, 2, serves))).toStrictEqual([]);
    expect(supersededIn(withEnd(repair, 2, { outcome: 'succeeded', serves, supersedes: false }))).toStrictEqual([]);
  });

  it('is not what a release without anything that serves is', () => {
    const given = withRelease(granted(targetWith([1, 2], [2])), 2, null);
    expect(supersededIn(given)).toStrictEqual([]);
  });
});

it('remembers the keys of its last ends, the newest first', () => {
  const numbers = Array.from({ length: rememberedEnds + 5 }, (_, i) => i + 1);
  const target = numbers.reduce((known, number) => withEnd(known, number, 'lost'), targetWith(numbers, []));
  expect(target.ended).toHaveLength(rememberedEnds);
  expect(target.ended[0]).toMatchObject({
    key: `key-${rememberedEnds + 5}`,
    bodyDigest: `body-${rememberedEnds + 5}`,
    number: rememberedEnds + 5,
  });
  expect(target.open).toStrictEqual([]);
  expect(withEnd(target, 1, 'lost').ended).toStrictEqual(target.ended);
});

it('remembers no key of one that it took in without', () => {
  const target = targetWith([1], []);
  const taken = { ...target, open: target.open.map((one) => ({ ...one, key: null })) };
  expect(withEnd(taken, 1, 'lost').ended).toStrictEqual([]);
});

it('remembers what its deployments left to be delivered, once each and no more than so many, until it is written', () => {
  const now = Date.parse(at);
  const left = withLate(
    withLate(emptyTarget('shop', 'production'), 'shop.production.1', ['a', 'b', 'a'], now),
    'x',
    ['b'],
    now,
  );
  expect(left.late?.map(({ deployment, delivery }) => [deployment, delivery])).toEqual([
    ['shop.production.1', 'a'],
    ['shop.production.1', 'b'],
  ]);
  expect(left.late?.[0]?.until).toBe('2026-11-24T10:00:00.000Z');
  expect(withoutLate(left, 'a').late?.map(({ delivery }) => delivery)).toEqual(['b']);
  const many = Array.from({ length: 5_000 }, (_, i) => String(i));
  expect(withLate(left, 'shop.production.2', many, now).late).toHaveLength(1_000);
});

it('shows who holds it and who waits by their ids', () => {
  const target = granted(targetWith([1, 2, 3], [1, 3]));
  expect(targetStateOf(target).lock).toStrictEqual({ deployment: 'shop.production.1', fence: 1, since: at });
  expect(targetViewOf(target)).toMatchObject({
    queue: ['shop.production.3'],
    open: ['shop.production.1', 'shop.production.2', 'shop.production.3'],
    needsIntervention: false,
  });
});
