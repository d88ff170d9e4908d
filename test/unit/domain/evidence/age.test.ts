import { expect, it } from 'vitest';
import { agedFrom, isFromTheFuture, isTooOld } from '../../../../src/domain/evidence/age.ts';

const now = Date.parse('2026-11-23T09:00:00.000Z');
const at = (ms: number) => new Date(now + ms).toISOString();

it('evidence may be as old as policy allows, to the millisecond', () => {
  expect(isTooOld(at(-5_000), now, 5_000)).toBe(false);
  expect(isTooOld(at(-5_001), now, 5_000)).toBe(true);
});

it('what has no time is too old', () => {
  expect(isTooOld('yesterday', now, 5_000)).toBe(true);
});

it('evidence may be 60 s ahead of now, and no more', () => {
  expect(isFromTheFuture(at(60_000), now)).toBe(false);
  expect(isFromTheFuture(at(60_001), now)).toBe(true);
});

it('the age of several statements counts from the first that finished, as moments and not as texts', () => {
  const [late, early] = ['2026-11-23T09:00:00Z', '2026-11-23T09:30:00+01:00'];
  expect(agedFrom([{ finishedOn: late }, { finishedOn: early }])).toBe(early);
  expect(agedFrom([{ finishedOn: early }, { finishedOn: late }])).toBe(early);
  expect(agedFrom([{ finishedOn: late }])).toBe(late);
  const same = '2026-11-23T10:00:00+01:00';
  expect(agedFrom([{ finishedOn: late }, { finishedOn: same }])).toBe(late);
});
