import { describe, expect, it } from 'vitest';
import type { Proof } from '../../../../src/domain/messages/messages.ts';
import { withEnd, withRecovered } from '../../../../src/domain/target/ended-deployments.ts';
import { withGrant, withRelease, withStuck } from '../../../../src/domain/target/lock.ts';
import { withUnknownDeployments } from '../../../../src/domain/target/open-deployments.ts';
import { withAsker } from '../../../../src/domain/target/queue.ts';
import { hasCounted, withoutRepair, withRepair, withRepairGranted } from '../../../../src/domain/target/repair.ts';
import { emptyTarget, type Target } from '../../../../src/domain/target/state.ts';
import { openDeployment } from './open-deployment.ts';

// What happens to one deployment of a target leaves the others alone.

const at = '2026-11-23T09:00:00.000Z';
const lockOf = (number: number) => ({
  number,
  deployment: `shop.production.${number}`,
  fence: 3,
  since: at,
  isStuck: false,
});

const target = (change: Partial<Target>): Target => ({
  ...emptyTarget('shop', 'production'),
  fence: 3,
  lastNumber: 9,
  ...change,
});

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
    const { ended } = withEnd(target({ open: [openDeployment(7), openDeployment(8)] }), 8, 'lost');
    expect(ended).toMatchObject([{ key: 'key-8', number: 8 }]);
  });

  it('frees no lock that another one holds, and leaves what serves', () => {
    const before = target({ open: [openDeployment(7), openDeployment(8)], lock: lockOf(7), queue: [6] });
    for (const end of [confirmed, 'lost'] as const) {
      const { lock, live: serving, queue } = withEnd(before, 8, end);
      expect({ lock, serving, queue }).toEqual({ lock: lockOf(7), serving: null, queue: [6] });
    }
  });

  it('without a result leaves the lock stuck, and what serves as it was', () => {
    const before = target({ open: [openDeployment(8)], lock: lockOf(8), ...serves });
    expect(withEnd(before, 8, 'lost')).toMatchObject({ lock: { ...lockOf(8), isStuck: true }, ...serves });
  });
});

describe('a lock that nobody holds', () => {
  it.each<readonly [string, (free: Target) => Target]>([
    ['recovered', (free) => withRecovered(free, 8, confirmed)],
    ['stuck', (free) => withStuck(free, 8, 1)],
    ['about to be repaired', (free) => withRepairGranted(free, 8)],
  ])('leaves a target as it is that is said to be %s', (_, change) => {
    const free = target({ open: [openDeployment(8)] });
    expect(change(free)).toEqual(free);
  });
});

it('what a lost holder turned out to serve counts for nothing where another one has the lock', () => {
  const held = target({ open: [openDeployment(7)], lock: lockOf(7) });
  expect(withRecovered(held, 8, confirmed)).toEqual(held);
});

it('only who is granted the lock is known to have had it', () => {
  const granted = withGrant(target({ open: [openDeployment(7), openDeployment(8)], queue: [8] }), at);
  expect(granted?.open.map(({ hadLock }) => hadLock)).toEqual([false, true]);
  expect(granted?.lock).toMatchObject({ number: 8, deployment: 'shop.production.8', fence: 4 });
});

describe('a repair', () => {
  const stuck = { ...lockOf(7), isStuck: true };

  it('has the lock under its own name', () => {
    const passed = withRepair(target({ open: [openDeployment(7), openDeployment(8)], lock: stuck }), 8, at);
    expect(passed.lock).toMatchObject({ number: 8, deployment: 'shop.production.8' });
  });

  it('is remembered by the last 50 proofs of resolutions', () => {
    const said = (nonce: string) => ({ proof: { nonce } as Proof });
    let resolved = target({ open: [openDeployment(8)], lock: stuck });
    for (let i = 0; i < 51; i += 1) resolved = withRepair(resolved, 8, at, said(`n-${i}`));
    expect([0, 1, 50].map((i) => hasCounted(resolved, said(`n-${i}`)))).toEqual([false, true, true]);
  });

  it('that does not start leaves the lock stuck, unless the deployment to be repaired goes on', () => {
    const passed = withRepair(target({ open: [openDeployment(7), openDeployment(8)], lock: stuck }), 8, at);
    expect(withoutRepair(passed, 8, stuck).lock).toEqual(stuck);
    expect(withoutRepair(passed, 8, stuck, true).lock).toEqual(lockOf(7));
  });
});

describe('deployments that a target did not know', () => {
  const unknown = (number: number, waitsSince: string | null = null) => {
    const { id, workflowId } = openDeployment(number);
    return { number, id, workflowId, runId: `run-${number}`, waitsSince };
  };

  it('are opened beside those that it knows, and may have had the lock', () => {
    const { open: all } = withUnknownDeployments(
      target({ open: [openDeployment(7)] }),
      [unknown(7), unknown(8)],
      new Set(),
    );
    expect(all).toMatchObject([
      { number: 7, key: 'key-7' },
      { number: 8, key: null, hadLock: true },
    ]);
    expect(all).toHaveLength(2);
  });

  it('wait in the order in which they asked, those of one moment by number, and who asks again behind them', () => {
    const later = '2026-11-23T09:00:01.000Z';
    const waiting = [unknown(9), unknown(8), unknown(7, later), unknown(6, at), unknown(5, at)];
    expect(withUnknownDeployments(target({}), waiting, new Set([8, 9])).queue).toEqual([5, 6, 7, 8, 9]);
  });
});

describe('a confirmed release', () => {
  it('supersedes others whatever repair is open, but for one that is a repair itself', () => {
    const before = target({
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
    expect(withRelease(target({ open: [openDeployment(8)], lock: lockOf(8), queue: [8, 9] }), 8, serves).queue).toEqual(
      [9],
    );
  });
});

it('a deployment that the target does not know is not queued for the lock', () => {
  expect(withAsker(target({ open: [openDeployment(7)] }), 8).queue).toEqual([]);
});
