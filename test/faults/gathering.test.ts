import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { gather } from './gathering.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const settle = () => vi.advanceTimersByTimeAsync(0);

function three() {
  const seen: string[] = [];
  const gathering = gather({
    expected: 3,
    gateMs: 60_000,
    pointMs: 10_000,
    strike: async () => void seen.push('strike'),
  });
  const see = (name: string, coming: Promise<void>) => void coming.then(() => seen.push(name));
  return {
    seen,
    gathering,
    gate: (name: string) => see(`gate ${name}`, gathering.atGate()),
    point: (name: string) => see(`point ${name}`, gathering.atPoint()),
  };
}

it('strikes once, when all have gone on from their gates to their points', async () => {
  const { seen, gathering, gate, point } = three();
  gate('a');
  gate('b');
  await settle();
  expect([seen, gathering.isOpen()]).toEqual([[], false]);
  gate('c');
  await settle();
  expect([seen, gathering.isOpen()]).toEqual([['gate a', 'gate b', 'gate c'], true]);
  point('a');
  point('b');
  await settle();
  expect(seen.slice(3)).toEqual([]);
  point('c');
  await settle();
  expect([seen.slice(3), gathering.isOpen()]).toEqual([['strike', 'point a', 'point b', 'point c'], false]);
});

it('waits for no one that does not come to its gate, and for a moment only for one that does not come to its point', async () => {
  const { seen, gate, point } = three();
  gate('a');
  await vi.advanceTimersByTimeAsync(50_000);
  gate('b');
  await vi.advanceTimersByTimeAsync(50_000);
  expect(seen).toEqual([]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(seen).toEqual(['gate a', 'gate b']);
  point('a');
  await vi.advanceTimersByTimeAsync(9_000);
  expect(seen.slice(2)).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(seen.slice(2)).toEqual(['strike', 'point a']);
});
