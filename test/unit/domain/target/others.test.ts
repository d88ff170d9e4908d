import { describe, expect, it } from 'vitest';
import { withEnd, withRecovered } from '../../../../src/domain/target/ended-deployments.ts';
import { withGrant, withRelease, withStuck } from '../../../../src/domain/target/lock.ts';
import { withAsker } from '../../../../src/domain/target/queue.ts';
import { withRepairGranted } from '../../../../src/domain/target/repair.ts';
import type { Target } from '../../../../src/domain/target/state.ts';
import { at, lockOf, openDeployment, targetOf } from './target-builders.ts';

// What happens to one deployment of a target leaves the others alone.

const live = {
  release: '2.0.0',
  artifact: { uri: 'a', digest: 'sha256:a' },
  since: at,
  deployment: 'shop.production.8',
};

const serves = { live, slot: 'green' };
const confirmed = { outcome: 'succeeded', serves, supersedes: true };

describe('the end of a deployment', () => {
  it('is remembered under its own key', () => {
    const { ended } = withEnd(targetOf({ open: [openDeployment(7), openDeployment(8)] }), 8, 'lost');
    expect(ended).toMatchObject([{ key: 'key-8', number: 8 }]);
  });

  it('frees no lock that another one holds, and leaves what serves', () => {
    const before = targetOf({ open: [openDeployment(7), openDeployment(8)], lock: lockOf(7), queue: [6] });
    for (const end of [confirmed, 'lost'] as const) {
      const { lock, live: serving, queue } = withEnd(before, 8, end);
      expect({ lock, serving, queue }).toEqual({ lock: lockOf(7), serving: null, queue: [6] });
    }
  });

  it('without a result leaves the lock stuck, and what serves as it was', () => {
    const before = targetOf({ open: [openDeployment(8)], lock: lockOf(8), ...serves });
    expect(withEnd(before, 8, 'lost')).toMatchObject({ lock: { ...lockOf(8), isStuck: true }, ...serves });
  });
});

describe('a lock that nobody holds', () => {
  it.each<readonly [string, (free: Target) => Target]>([
    ['recovered', (free) => withRecovered(free, 8, confirmed)],
    ['stuck', (free) => withStuck(free, 8, 1)],
    ['about to be repaired', (free) => withRepairGranted(free, 8)],
  ])('leaves a target as it is that is said to be %s', (_, change) => {
    const free = targetOf({ open: [openDeployment(8)] });
    expect(change(free)).toEqual(free);
  });
});

it('what a lost holder turned out to serve counts for nothing where another one has the lock', () => {
  const held = targetOf({ open: [openDeployment(7)], lock: lockOf(7) });
  expect(withRecovered(held, 8, confirmed)).toEqual(held);
});

it('only who is granted the lock is known to have had it', () => {
  const granted = withGrant(targetOf({ open: [openDeployment(7), openDeployment(8)], queue: [8] }), at);
  expect(granted?.open.map(({ hadLock }) => hadLock)).toEqual([false, true]);
  expect(granted?.lock).toMatchObject({ number: 8, deployment: 'shop.production.8', fence: 4 });
});

describe('a confirmed release', () => {
  it('supersedes others whatever repair is open, but for one that is a repair itself', () => {
    const before = targetOf({
      open: [openDeployment(8), openDeployment(9, { isRepair: true })],
      lock: lockOf(8),
      queue: [7],
    });
    expect(withRelease(before, 8, serves)).toMatchObject({ queue: [], newestConfirmed: 8 });
    const repair = withRelease({ ...before, lock: lockOf(9) }, 9, serves);
    expect(repair.queue).toEqual([7]);
    expect(repair.newestConfirmed).toBeUndefined();
  });

  it('keeps no place in the queue for itself', () => {
    expect(
      withRelease(targetOf({ open: [openDeployment(8)], lock: lockOf(8), queue: [8, 9] }), 8, serves).queue,
    ).toEqual([9]);
  });
});

it('a deployment that the target does not know is not queued for the lock', () => {
  expect(withAsker(targetOf({ open: [openDeployment(7)] }), 8).queue).toEqual([]);
});
