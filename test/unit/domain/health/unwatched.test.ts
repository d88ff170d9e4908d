import { expect, it } from 'vitest';
import { withPause } from '../../../../src/domain/health/unwatched.ts';

const at = (seconds: number) => new Date(Date.parse('2026-11-23T09:00:00Z') + seconds * 1000).toISOString();
const dense = { intervalMs: 100, timeoutMs: 500 };
const sparse = { intervalMs: 10_000, timeoutMs: 1_000 };

it('a pause in the watch is recorded from two seconds on, or once the next sample was due', () => {
  expect(withPause([], at(0), at(2), dense)).toBeNull();
  expect(withPause([], at(0), at(2.001), dense)).toEqual([{ from: at(0), to: at(2.001) }]);
  expect(withPause([], at(0), at(11), sparse)).toBeNull();
  expect(withPause([], at(0), at(11.001), sparse)).toHaveLength(1);
});

it('no more than twenty pauses are kept, the first ones', () => {
  const many = Array.from({ length: 20 }, (_, i) => ({ from: at(10 * i), to: at(10 * i + 5) }));
  expect(withPause(many, at(200), at(210), dense)).toEqual(many);
});
