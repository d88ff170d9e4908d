import { expect, it } from 'vitest';
import type { PlannedCheck, Sampling } from '../../../../src/domain/kinds/adapter.ts';
import {
  checksAtOnce,
  checksMsOf,
  executingMsOf,
  maxDurationOf,
  rollbackMsOf,
  stepMsOf,
} from '../../../../src/domain/plan/durations.ts';
import { checksOf } from '../../../../src/domain/plan/plan.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { nothingExpected } from '../../../support/expects.ts';
import { planningInput } from '../planning-input.ts';

const sampling: Sampling = {
  timeoutMs: 5_000,
  intervalMs: 1_000,
  withinMs: 0,
  count: 1,
  failureLimit: 0,
  consecutiveErrorLimit: 4,
  consecutiveSuccessLimit: 0,
};
const checkWith = (how: Partial<Sampling>): PlannedCheck => ({
  id: 'x',
  kind: 'tcp',
  spec: {},
  expects: nothingExpected,
  sampling: { ...sampling, ...how },
});
const { plan } = freezePlan(planningInput());

it.each<readonly [string, Partial<Sampling>, number]>([
  ['one sample takes its time', {}, 5_000],
  ['each of several does, with the pauses between', { count: 3 }, 17_000],
  ['the last one of those that are tried begins at the end', { withinMs: 20_000, count: 3 }, 25_000],
])('a check: %s', (_, how, ms) => expect(checksMsOf([checkWith(how)])).toBe(ms));

it('checks of one list take the time of the slowest, once for each batch that runs at once', () => {
  const listOf = (length: number) => Array.from({ length }, (_, i) => checkWith(i === 0 ? { timeoutMs: 7_000 } : {}));
  expect(
    [1, checksAtOnce, checksAtOnce + 1, 2 * checksAtOnce, 2 * checksAtOnce + 1].map((n) => checksMsOf(listOf(n))),
  ).toStrictEqual([7_000, 7_000, 14_000, 14_000, 21_000]);
  expect(checksMsOf([])).toBe(0);
  expect(checksMsOf(checksOf({ kind: 'none', reason: 'x' }))).toBe(0);
});

it('a step takes all its attempts, each read back, the pauses between and its verify checks', () => {
  const step = plan.steps[2];
  if (step?.kind !== 'action') throw new Error('no action');
  // What is read back settles for as long as the action may take: a sample that is under way then, and one after it.
  expect(stepMsOf(step)).toBe(3 * (60_000 + 60_000 + 5_000 + 5_000) + 2 * 1_000 + 10_000);
});

it('a plan takes all of its parts', () => {
  const readBack = (settleMs: number) => settleMs + 5_000 + 5_000;
  const steps = 30_000 + readBack(30_000) + 5_000 + 30_000 + 402_000 + 30_000;
  expect(executingMsOf(plan.steps)).toBe(steps);
  const undos = 3 * (30_000 + readBack(30_000)) + 3 * (30_000 + readBack(60_000));
  // The rollback checks, and as they hold.
  const rolledBack = 5_000 + 30_000 + 5_000;
  expect(rollbackMsOf(plan)).toBe(undos + rolledBack);
  const { limits } = plan.policy;
  const before = limits.notification + 8 * 3_600_000 + 24 * 3_600_000 + limits.target;
  const after = 15 * 60_000 + 4 * 3_600_000;
  expect(maxDurationOf(plan)).toBe(
    before + limits.executing + 3_600_000 + limits.pause + 10_000 + after + undos + rolledBack,
  );
});

it('counts what reading a configuration and waiting for documents may take, where there are any', () => {
  const { plan } = freezePlan(planningInput());
  const documents = { ...plan, documents: [] };
  const configuration = { ...plan, configuration: { sources: [], changes: [] } };
  expect(maxDurationOf(documents) - maxDurationOf(plan)).toBe(3_000);
  expect(maxDurationOf(configuration) - maxDurationOf(plan)).toBe(60_000);
});
