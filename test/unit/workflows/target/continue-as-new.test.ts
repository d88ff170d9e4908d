import { expect, it } from 'vitest';
import { Renewal } from '../../../../src/workflows/target/continue-as-new.ts';

const after = (updates: number) => {
  const renewal = new Renewal(() => false);
  for (let n = 0; n < updates; n += 1) renewal.countUpdate();
  return renewal;
};

it('a target goes on in a new run after half of the updates that one run takes', () => {
  expect(after(999).isDue).toBe(false);
  expect(after(1_000).isDue).toBe(true);
});

it('requests stop long before the last update, so that a resolution is never too late', () => {
  expect(after(1_499).takesRequests).toBe(true);
  expect(after(1_500).takesRequests).toBe(false);
});

it('heeds a suggestion of Temporal only where the history keeps an event, and does not forget it', () => {
  let isSuggested = true;
  const renewal = new Renewal(() => isSuggested);
  expect(renewal.isDue).toBe(false);
  renewal.noteSuggestion();
  isSuggested = false;
  renewal.noteSuggestion();
  expect(renewal.isDue).toBe(true);
});
