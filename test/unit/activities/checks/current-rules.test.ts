import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { untilRuleChange } from '../../../../src/activities/checks/await-rule-change.ts';
import { createCurrentRules } from '../../../../src/activities/checks/current-rules.ts';
import type { ActivityDeps } from '../../../../src/activities/deps.ts';
import { createNudges } from '../../../../src/activities/engine/nudges.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import type { Freeze } from '../../../../src/domain/policy/freezes-by-people.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import type { MonitorInput } from '../../../../src/domain/ports/observation.ts';
import { planningInput, policyDocument } from '../../domain/planning-input.ts';
import { freezeOf } from '../../store/rows.ts';

const { plan, planDigest } = freezePlan(planningInput());
const runIdentityOn = (target: string) => ({ target }) as MonitorInput['runIdentity'];

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A hundred deployments that listen beside their health monitors, on two targets. */
function hundred() {
  const is = { policy: 'known', freezes: [] as readonly Freeze[], policyReads: 0, freezeReads: 0 };
  const deps = {
    policy: {
      async read() {
        is.policyReads += 1;
        return { policy: policySchema.parse(policyDocument()), digest: is.policy };
      },
    },
    store: {
      plan: async () => plan,
      async freezes() {
        is.freezeReads += 1;
        return { items: is.freezes, next: null };
      },
    },
    now: Date.now,
  } as unknown as ActivityDeps;
  const outlook = createCurrentRules(deps);
  const over = new AbortController();
  const heard = new Map<number, unknown>();
  for (let i = 0; i < 100; i += 1) {
    const runIdentity = runIdentityOn(i % 2 === 0 ? 'shop/production' : 'bank/production');
    const known = { policies: ['known'], approvers: [], window: { rules: null } };
    void untilRuleChange(deps, outlook, { runIdentity, planDigest, known }, over.signal).then((ruleChanges) =>
      heard.set(i, ruleChanges),
    );
  }
  return { is, heard, end: () => over.abort() };
}

it('reads once a second for all deployments of a worker', async () => {
  const { is, heard, end } = hundred();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(is.policyReads).toBeGreaterThanOrEqual(10);
  expect(is.policyReads).toBeLessThanOrEqual(12);
  expect(is.freezeReads).toBeLessThanOrEqual(12);
  expect(heard.size).toBe(0);
  end();
  await vi.advanceTimersByTimeAsync(2_000);
  const after = { ...is };
  // Nobody wants to know any more.
  await vi.advanceTimersByTimeAsync(10_000);
  expect(is).toEqual(after);
});

it('reports a new policy to all within a second, and a freeze to those whose target it covers', async () => {
  const { is, heard, end } = hundred();
  await vi.advanceTimersByTimeAsync(3_100);
  is.freezes = [freezeOf('f1', { kind: 'service', service: 'shop' })];
  await vi.advanceTimersByTimeAsync(1_100);
  expect([...heard.keys()].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => 2 * i));
  expect(heard.get(0)).toMatchObject({ policy: null, windowClosed: expect.stringContaining('f1') });
  is.policy = 'new';
  await vi.advanceTimersByTimeAsync(1_100);
  expect(heard.size).toBe(100);
  expect(heard.get(1)).toMatchObject({ policy: { change: { digest: 'new' } }, windowClosed: null });
  end();
});

it('has a monitor beat at once when its workflow is about to end it, and no other', async () => {
  const nudges = createNudges();
  const beats: string[] = [];
  const deaf = nudges.listen('deployment/a', () => beats.push('a'));
  nudges.listen('deployment/b', () => beats.push('b'));
  nudges.nudge('deployment/a');
  await vi.advanceTimersByTimeAsync(200);
  expect(new Set(beats)).toEqual(new Set(['a']));
  deaf();
  beats.length = 0;
  nudges.nudge('deployment/a');
  await vi.advanceTimersByTimeAsync(200);
  expect(beats).toEqual([]);
});
