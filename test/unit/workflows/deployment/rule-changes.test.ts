import { describe, expect, it } from 'vitest';
import type { Phase } from '../../../../src/domain/base/phases.ts';
import { initialState } from '../../../../src/domain/deployment/state.ts';
import type { EntryBody, JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { StopCause } from '../../../../src/domain/journal/values.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import type { RuleChanges } from '../../../../src/domain/ports/observation.ts';
import { hear, knownTo } from '../../../../src/workflows/deployment/rule-changes.ts';
import { planningInput } from '../../domain/planning-input.ts';

const { plan } = freezePlan(planningInput());
const bob = { subject: 'key:bob', name: 'Bob May', via: 'api', identity: 'verified' } as const;
const approvals = [{ by: bob, gate: 'start', role: 'service-owner', at: '', expiresAt: null }];

/** A deployment in a phase, and what it comes to when it hears. */
function deployment(phase: Phase) {
  const said: string[] = [];
  const stopped: StopCause[] = [];
  const journal: JournalEntry[] = [];
  const run = {
    plan,
    journal,
    state: { ...initialState(plan), phase, approvals },
    append: ({ type }: EntryBody) => void said.push(type),
    deviation: (code: string) => void said.push(code),
    stop: (cause: StopCause) => void stopped.push(cause),
  };
  return { run, said, stopped };
}
const change = { digest: 'new', changed: [], count: 0 };
const ruleChanges = (policy: Partial<NonNullable<RuleChanges['policy']>>): RuleChanges => ({
  policy: { change, removed: {}, lost: null, ...policy },
  windowClosed: null,
});

describe('a deployment that hears', () => {
  it.each<readonly [Phase, readonly string[]]>([
    ['executing', ['window-overrun']],
    ['validating', ['window-overrun']],
    ['monitoring', []],
  ])('that its window has closed tells so only while it acts: %s', (phase, told) => {
    const { run, said, stopped } = deployment(phase);
    hear(run, { policy: null, windowClosed: 'outside every window' });
    expect(said).toEqual(told);
    expect(stopped).toEqual([]);
  });

  it('of another policy journals it, and goes on while everybody is there', () => {
    const { run, said, stopped } = deployment('executing');
    hear(run, ruleChanges({ removed: { 'key:dan': null } }));
    expect(said).toEqual(['policy-changed']);
    expect(stopped).toEqual([]);
  });

  it.each([
    ['as the worker found', { lost: { subject: 'key:bob', role: 'service-owner' } }],
    ['among those who approved since', { removed: { 'key:bob': ['service-owner'] } }],
  ])('of an approver who is gone stops: %s', (_, policy) => {
    const { run, said, stopped } = deployment('monitoring');
    hear(run, ruleChanges(policy));
    expect(said).toEqual(['policy-changed', 'approval-lost']);
    expect(stopped).toMatchObject([{ kind: 'approval-lost' }]);
  });
});

it('a deployment says what it has heard: policies, those it stands on, and whether of its window', () => {
  const { run } = deployment('executing');
  const approvers = [{ subject: 'key:bob', role: 'service-owner' }];
  expect(knownTo(run, false)).toEqual({
    policies: [plan.policy.digest],
    approvers,
    window: { rules: plan.policy.windows },
  });
  run.journal.push({ v: 1, seq: 1, at: '', type: 'policy-changed', ...change });
  expect(knownTo(run, true)).toEqual({ policies: [plan.policy.digest, 'new'], approvers, window: null });
});
