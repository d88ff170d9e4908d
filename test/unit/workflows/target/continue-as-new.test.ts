import { expect, it } from 'vitest';
import { emptyTarget, type Target } from '../../../../src/domain/target/state.ts';
import { isBegun, mayGrant, mayRenew, Renewal } from '../../../../src/workflows/target/continue-as-new.ts';
import { openDeployment } from '../../domain/target/target-builders.ts';

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

/** A target with a deployment that waits for the lock, after so many updates. */
function target(updates: number, areReviewsSettled: boolean) {
  const asking: Target = { ...emptyTarget('shop', 'production'), open: [openDeployment(7)], queue: [7] };
  return {
    get: () => asking,
    renewal: after(updates),
    starts: [],
    closings: [],
    lateEntries: [],
    children: { areSettled: true, long: { isIdle: true } },
    journals: { isIdle: true },
    reviews: { areSettled: areReviewsSettled },
    copy: { isSaving: false },
    unknown: { areAsked: false },
  };
}

it('grants nothing more once it is to go on in a new run, unless something long is under way', () => {
  expect(mayGrant(target(999, true))).toBe(true);
  expect(mayGrant(target(1_000, true))).toBe(false);
  expect(mayGrant(target(1_000, false))).toBe(true);
  expect(mayGrant({ ...target(999, true), get: () => emptyTarget('shop', 'production') })).toBe(false);
});

it.each(['starts', 'closings', 'lateEntries'])('does not go on in a new run before its %s have begun', (what) => {
  const busy = { ...target(1_000, true), [what]: [{}] };
  expect(isBegun(target(1_000, true))).toBe(true);
  expect(isBegun(busy)).toBe(false);
  expect(mayRenew(busy)).toBe(false);
});
