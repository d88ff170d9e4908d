import { describe, expect, it } from 'vitest';
import { without, withUnknownDeployments } from '../../../../src/domain/target/open-deployments.ts';
import type { Target } from '../../../../src/domain/target/state.ts';
import { emptyTarget } from '../../../../src/domain/target/state.ts';
import { at, granted, openDeployment, targetOf, targetWith } from './target-builders.ts';

it('forgets a deployment that could not be started, and its key', () => {
  const target = without(targetWith([1, 2], [2, 1]), 2);
  expect(target.open.map(({ number }) => number)).toStrictEqual([1]);
  expect(target.queue).toStrictEqual([1]);
  expect(target.ended).toStrictEqual([]);
});

describe('a target that was started anew', () => {
  const taken = (number: number, waitsSince: string | null) => ({
    number,
    id: `shop.production.${number}`,
    workflowId: `deployment/shop/production/${number}`,
    runId: `run-${number}`,
    waitsSince,
  });
  const anew: Target = { ...emptyTarget('shop', 'production'), lastNumber: 5, fence: 7 };

  it('takes in what runs, and gives those that wait their places in the order in which they had asked', () => {
    const target = withUnknownDeployments(
      anew,
      [taken(3, null), taken(4, '2026-11-23T10:00:00.000Z'), taken(9, at)],
      new Set(),
    );
    expect(target.open.map(({ number, runId }) => [number, runId])).toStrictEqual([
      [3, 'run-3'],
      [4, 'run-4'],
      [9, 'run-9'],
    ]);
    expect(target.queue).toStrictEqual([9, 4]);
    expect(target.lastNumber).toBe(9);
    expect(granted(target).lock).toMatchObject({ number: 9, fence: 8 });
  });

  it('remembers what an emergency among them may leave behind', () => {
    const review = { withinMs: 1, blocksNext: true, excluded: [] };
    const target = withUnknownDeployments(anew, [{ ...taken(3, null), review }, taken(4, null)], new Set());
    expect(target.open.map((one) => one.review)).toStrictEqual([review, null]);
  });

  it('queues one that asks again, once, and none that was superseded or holds the lock', () => {
    const known = withUnknownDeployments(anew, [taken(3, null)], new Set());
    const again = withUnknownDeployments(known, [taken(3, null)], new Set([3]));
    expect(again.queue).toStrictEqual([3]);
    expect(again.open).toHaveLength(1);
    expect(withUnknownDeployments(again, [taken(3, at)], new Set([3])).queue).toStrictEqual([3]);
    expect(withUnknownDeployments({ ...anew, newestConfirmed: 5 }, [taken(3, at)], new Set([3])).queue).toStrictEqual(
      [],
    );
    expect(withUnknownDeployments(granted(again), [taken(3, at)], new Set([3])).queue).toStrictEqual([]);
  });
});

describe('deployments that a target did not know', () => {
  const unknown = (number: number, waitsSince: string | null = null) => {
    const { id, workflowId } = openDeployment(number);
    return { number, id, workflowId, runId: `run-${number}`, waitsSince };
  };

  it('are opened beside those that it knows, and may have had the lock', () => {
    const { open: all } = withUnknownDeployments(
      targetOf({ open: [openDeployment(7)] }),
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
    expect(withUnknownDeployments(targetOf({}), waiting, new Set([8, 9])).queue).toEqual([5, 6, 7, 8, 9]);
  });
});
