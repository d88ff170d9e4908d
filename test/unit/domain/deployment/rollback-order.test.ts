import { expect, it } from 'vitest';
import { frozenBy } from '../../../../src/domain/deployment/rollback-order.ts';
import type { OutstandingCompensation } from '../../../../src/domain/plan/plan.ts';

const outstanding = (step: string, undo: OutstandingCompensation['undo']): OutstandingCompensation => ({
  step,
  title: step,
  undo,
  done: null,
  settleMs: 0,
});
const none = outstanding('note', { kind: 'none', reason: 'nothing to undo' });
const call = outstanding('call', { kind: 'irreversible', reason: 'a call cannot be unsaid' });

it('nothing is undone where one step cannot be, wherever it stands', () => {
  expect(frozenBy([none, call])).toBe(call);
  expect(frozenBy([call, none])).toBe(call);
});

it('what can be undone, or need not be, freezes nothing', () => {
  expect(frozenBy([none])).toBeUndefined();
  expect(frozenBy([])).toBeUndefined();
});
