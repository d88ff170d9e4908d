import { describe, expect, it } from 'vitest';
import type { Phase } from '../../../../src/domain/base/phases.ts';
import { initialState } from '../../../../src/domain/deployment/state.ts';
import type { EntryBody, JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { StopCause } from '../../../../src/domain/journal/values.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import type { RuleChanges } from '../../../../src/domain/ports/observation.ts';
import { applyRuleChanges, knownRules } from '../../../../src/workflows/deployment/rule-changes.ts';
import { planningInput } from '../../domain/planning-input.ts';

const { plan } = freezePlan(planningInput());
const bob = { subject: 'key:bob', name: 'Bob May', via: 'api', identity: 'verified' } as const;
const approvals = [{ by: bob, gate: 'start', role: 'service-owner', at: '', expiresAt: null }];

/** A deployment in a phase, what it journals and what stops it. */
function deployment(phase: Phase) {
  const journaled: string[] = [];
  const stopped: StopCause[] = [];
  const journal: JournalEntry[] = [];
  const run = {
    plan,
    journal,
    state: { ...initialState(plan), phase, approvals },
    append: ({ type }: EntryBody) => void journaled.push(type),
    deviation: (code: string) => void journaled.push(code),
    stop: (cause: StopCause) => void stopped.push(cause),
  };
  return { run, journaled, stopped };
}
const change = { digest: 'new', changed: [], count: 0 };
const lost = { subject: 'key:bob', role: 'service-owner' };
const ruleChanges = (policy: Partial<NonNullable<RuleChanges['policy']>>): RuleChanges => ({
  policy: { change, lost: null, ...policy },
  windowClosed: null,
});

describe('changed rules', () => {
  it.each<readonly [Phase, readonly string[]]>([
    ['executing', ['window-overrun']],
    ['validating', ['window-overrun']],
    ['monitoring', []],
  ])('a window that has closed is journaled only in phases that act: %s', (phase, entries) => {
    const { run, journaled, stopped } = deployment(phase);
    applyRuleChanges(run, { policy: null, windowClosed: 'outside every window' });
    expect(journaled).toEqual(entries);
    expect(stopped).toEqual([]);
  });

  it('another policy is journaled, and the deployment goes on while all its approvers are still there', () => {
    const { run, journaled, stopped } = deployment('executing');
    applyRuleChanges(run, ruleChanges({}));
    expect(journaled).toEqual(['policy-changed']);
    expect(stopped).toEqual([]);
  });

  it('an approver who is gone stops the deployment', () => {
    const { run, journaled, stopped } = deployment('monitoring');
    applyRuleChanges(run, ruleChanges({ lost }));
    expect(journaled).toEqual(['policy-changed', 'approval-lost']);
    expect(stopped).toMatchObject([{ kind: 'approval-lost' }]);
  });

  it('an approver who is found gone under a policy that is journaled already stops it, and the policy is not journaled again', () => {
    const { run, journaled, stopped } = deployment('monitoring');
    run.journal.push({ v: 1, seq: 1, at: '', type: 'policy-changed', ...change });
    applyRuleChanges(run, ruleChanges({ lost }));
    expect(journaled).toEqual(['approval-lost']);
    expect(stopped).toMatchObject([{ kind: 'approval-lost' }]);
  });
});

it('the monitor is given the rules that the deployment has taken account of: policies, approvers, window', () => {
  const { run } = deployment('executing');
  const approvers = [{ subject: 'key:bob', role: 'service-owner' }];
  expect(knownRules(run, false)).toEqual({
    policies: [plan.policy.digest],
    approvers,
    window: { rules: plan.policy.windows },
  });
  run.journal.push({ v: 1, seq: 1, at: '', type: 'policy-changed', ...change });
  expect(knownRules(run, true)).toEqual({ policies: [plan.policy.digest, 'new'], approvers, window: null });
});
