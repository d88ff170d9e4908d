import { expect, it } from 'vitest';
import type { Measurement } from '../../../../src/domain/kinds/adapter.ts';
import { heldToLimit } from '../../../../src/domain/kinds/late-answer.ts';

const at = '2026-11-23T09:00:00.000Z';
const good: Measurement = { verdict: 'passed', observed: {}, summary: '200', startedAt: at, endedAt: at };

it('an answer at its limit counts, and a later one is an error, whatever it says', () => {
  expect(heldToLimit(good, 1_000, 1_000)).toBe(good);
  expect(heldToLimit(good, 1_001, 1_000)).toMatchObject({ verdict: 'error', summary: '200, later than its 1 s' });
});

it('of a kind that calls late answers failed it is failed; what was an error stays one', () => {
  expect(heldToLimit(good, 1_001, 1_000, 'failed').verdict).toBe('failed');
  expect(heldToLimit({ ...good, verdict: 'error' }, 1_001, 1_000, 'failed').verdict).toBe('error');
});

it('a late read-back has not seen that nothing was done', () => {
  const late = heldToLimit({ ...good, verdict: 'failed', readBack: 'not-done' }, 1_001, 1_000);
  expect(late).not.toHaveProperty('readBack');
});
