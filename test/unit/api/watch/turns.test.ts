import { expect, it } from 'vitest';
import { sharedRuns } from '../../../../src/api/watch/shared-run.ts';
import { createTurns } from '../../../../src/api/watch/turns.ts';
import { latch } from '../../../support/latch.ts';

it('runs as many as it may at once, and the others in the order in which they came, whatever fails', async () => {
  const inTurn = createTurns(2);
  const started: number[] = [];
  const gates = Array.from({ length: 4 }, latch);
  const all = gates.map((gate, i) =>
    inTurn(async () => {
      started.push(i);
      await gate.closed;
      if (i === 0) throw new Error('failed');
    }).catch((error: Error) => error.message),
  );
  await Promise.resolve();
  expect(started).toEqual([0, 1]);
  gates[0]?.open();
  expect(await all[0]).toBe('failed');
  expect(started).toEqual([0, 1, 2]);
  for (const gate of gates) gate.open();
  await Promise.all(all);
  expect(started).toEqual([0, 1, 2, 3]);
});

it('refuses what finds no place in the queue, and what waits there too long', async () => {
  const inTurn = createTurns(1, { max: 1, patienceMs: 10, refusal: () => new Error('no turn') });
  const gate = latch();
  const running = inTurn(() => gate.closed);
  const refusals: string[] = [];
  const refused = (which: string) => inTurn(async () => 'never').catch(() => refusals.push(which));
  await Promise.all([refused('waited too long'), refused('no place')]);
  expect(refusals).toEqual(['no place', 'waited too long']);
  gate.open();
  await running;
  expect(await inTurn(async () => 'next')).toBe('next');
});

it('shares one run between all calls for a key meanwhile, and runs again for later ones', async () => {
  const shared = sharedRuns<number>();
  let runs = 0;
  const gate = latch();
  const work = async () => {
    runs += 1;
    await gate.closed;
    return runs;
  };
  const asked = [shared('a', work), shared('a', work), shared('a', work), shared('b', work)];
  gate.open();
  await Promise.all(asked);
  expect(runs).toBe(3);
  expect(await shared('a', work)).toBe(4);
});
