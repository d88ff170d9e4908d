import { expect, it } from 'vitest';
import { remembering } from './remembering.ts';
import { switches } from './switches.ts';

it('remembers while a test runs, and nothing when it runs again', () => {
  const remember = remembering<{ n: number }>(10);
  let n = 0;
  const ask = () => remember('key', () => ({ n: ++n })).n;
  expect([ask(), ask()]).toEqual([1, 1]);
  switches.runs = (switches.runs ?? 0) + 1;
  expect([ask(), ask()]).toEqual([2, 2]);
});
