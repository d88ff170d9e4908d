import { describe, expect, it } from 'vitest';
import { isRightlyWaived } from '../../../../src/domain/gates/evaluate.ts';
import { type GateName } from '../../../../src/domain/gates/index.ts';
import type { EntryOf } from '../../../../src/domain/journal/entries.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import type { Waivable } from '../../../../src/domain/policy/waivable.ts';
import { planningInput } from '../planning-input.ts';

const { plan } = freezePlan(planningInput());
const waiving = (...waives: Waivable[]): Plan => ({
  ...plan,
  change: { ...plan.change, type: 'emergency' },
  policy: { ...plan.policy, emergency: { role: 'support', waives, quorum: [], reviewWithinMs: 1, blocksNext: false } },
});
const evaluated = (gate: GateName, more: Partial<EntryOf<'gate-evaluated'>> = {}): EntryOf<'gate-evaluated'> => {
  return { type: 'gate-evaluated', gate, moment: 'grant', required: 'x', found: 'x', verdict: 'waived', ...more };
};
const all: readonly Waivable[] = [
  'window',
  'evidence-age',
  'rehearsal-age',
  'quorum',
  'rollback-checks',
  'health-at-start',
];

describe('a gate that an emergency waives', () => {
  it.each<readonly [GateName, Waivable]>([
    ['window', 'window'],
    ['rollback-checks', 'rollback-checks'],
    ['health-at-start', 'health-at-start'],
    ['health-answers', 'health-at-start'],
  ])('%s counts where policy waives %s, and nowhere else', (gate, what) => {
    expect(isRightlyWaived(waiving(what), evaluated(gate))).toBe(true);
    expect(isRightlyWaived(waiving(...all.filter((one) => one !== what)), evaluated(gate))).toBe(false);
  });

  it.each<readonly [GateName, Waivable]>([
    ['stage-system', 'evidence-age'],
    ['rehearsal', 'rehearsal-age'],
  ])('%s counts where policy waives %s, for its age alone', (gate, what) => {
    expect(isRightlyWaived(waiving(what), evaluated(gate, { fault: 'too-old' }))).toBe(true);
    expect(isRightlyWaived(waiving(what), evaluated(gate, { fault: 'missing' }))).toBe(false);
    expect(isRightlyWaived(waiving(what), evaluated(gate))).toBe(false);
    expect(isRightlyWaived(waiving(...all.filter((one) => one !== what)), evaluated(gate, { fault: 'too-old' }))).toBe(
      false,
    );
  });

  it('counts only as waived, and no other gate does', () => {
    expect(isRightlyWaived(waiving(...all), evaluated('window', { verdict: 'failed' }))).toBe(false);
    for (const gate of ['of-another-build' as GateName, 'approval', 'notified', 'readiness', 'live-release'] as const)
      expect(isRightlyWaived(waiving(...all), evaluated(gate))).toBe(false);
  });
});
