import { describe, expect, it } from 'vitest';
import { digestOfJson } from '../../../../src/domain/base/canonical-json.ts';
import { stages } from '../../../../src/domain/base/stages.ts';
import { evaluateAt, requiredGates } from '../../../../src/domain/gates/evaluate.ts';
import type { Found } from '../../../../src/domain/gates/gate.ts';
import { gates } from '../../../../src/domain/gates/index.ts';
import { previewGates } from '../../../../src/domain/gates/preview.ts';
import { bindingsFor } from '../../../../src/domain/plan/bindings.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { gateRows } from '../../../../src/domain/record/gate-rows.ts';
import { sourceOf } from '../../../../src/domain/record/source.ts';
import { evaluateRehearsal } from '../../../../src/domain/rehearsal/counts-as-proof.ts';
import { goodJournal } from '../../../support/journal.ts';
import { planningInput } from '../planning-input.ts';

const { plan } = freezePlan(planningInput());
const window = { open: true, why: 'no freeze holds', closesAt: null, required: 'no freeze' } as const;
const rehearsal = evaluateRehearsal(plan, [], 0, []);
const served = { live: null, slot: null };
const at = '2026-11-23T09:00:00.000Z';

/** What is found of a plan at the request and under the lock: everything that could be missing is. */
const requested = (of: Plan): Found['request'] => ({
  stages: [],
  rehearsal,
  observed: { results: [] },
  deliveries: [],
  bindings: bindingsFor(of, 'shop.production.1', 0, null, null),
});
const granted: Found['grant'] = { stages: [], rehearsal, standing: null, rollback: [], health: {}, window };

describe('a gate that nothing asks for', () => {
  const { policy, change } = plan;
  const asksForLess: Plan = {
    ...plan,
    change: { ...change, initial: true },
    policy: { ...policy, rehearsal: null, windows: null, readiness: null },
  };
  const absences = new Map<string, string | null>(gates.map((gate) => [gate.name, gate.absence(asksForLess)]));
  const absent = [...absences].flatMap(([name, words]) => (words === null ? [] : [name]));

  it('is one of these', () => {
    expect(absent).toEqual(
      expect.arrayContaining([
        'rehearsal',
        'readiness',
        'window',
        'live-release',
        'rollback-checks',
        'health-at-start',
      ]),
    );
    expect(requiredGates(asksForLess)).toEqual([...absences.keys()].filter((name) => !absent.includes(name)));
  });

  it('is called the same in journal and preview: nothing is required, and why', () => {
    const journaled = [
      ...evaluateAt(asksForLess, 'request', requested(asksForLess)).entries,
      ...evaluateAt(asksForLess, 'readiness', { acknowledged: [], missing: [] }).entries,
      ...evaluateAt(asksForLess, 'window', { window }).entries,
      ...evaluateAt(asksForLess, 'grant', granted).entries,
    ].filter(({ verdict }) => verdict === 'not-required');
    const facts = { rehearsal: { ...rehearsal, isUnverified: false, who: [] }, window: { ...window, who: [] } };
    const shown = previewGates(asksForLess, { ...facts, stages: [], review: null, served });
    for (const name of absent) {
      const found = absences.get(name);
      expect(journaled.filter(({ gate }) => gate === name)).toMatchObject([{ required: 'nothing', found }]);
      expect(shown.find(({ gate }) => gate === name)).toMatchObject({
        state: 'not-required',
        required: 'nothing',
        found,
      });
    }
  });

  it('is journaled at its first moment alone, and counts where a health check has failed all the same', () => {
    expect(evaluateAt(asksForLess, 'lock', served).entries).toEqual([]);
    const health = { check: 'front-door', verdict: 'failed', summary: '500', at } as const;
    expect(evaluateAt(asksForLess, 'grant', { ...granted, health }).faults).toContain(
      'not healthy before the first change: front-door: 500',
    );
    expect(evaluateAt(asksForLess, 'breach', { health })).toMatchObject({
      entries: [{ gate: 'health-at-start', moment: 'grant', verdict: 'failed' }],
      faults: ['not healthy before the first change: front-door: 500'],
    });
  });
});

describe('the gates of a moment', () => {
  it('are evaluated all of them, whatever the first one says, and what is missing has failed', () => {
    const { entries, faults } = evaluateAt(plan, 'grant', granted);
    expect(entries.map(({ gate, verdict }) => [gate, verdict])).toEqual([
      ...stages.map((stage) => [`stage-${stage}`, 'failed']),
      ['rollback-checks', 'failed'],
      ['health-at-start', 'failed'],
    ]);
    expect(faults).toHaveLength(entries.length);
    expect(faults[0]).toBe('stage integration unclear (not evaluated)');
    expect(evaluateAt(plan, 'request', requested(plan)).faults).toHaveLength(stages.length + 3);
  });

  it('stand in the record under their titles', () => {
    const { journal } = goodJournal();
    const titles = new Map<string, string>(gates.map(({ name, title }) => [name, title]));
    const rows = gateRows(sourceOf(plan, digestOfJson(plan), journal));
    expect(rows.map(({ gate, title }) => [gate, title])).toEqual(rows.map(({ gate }) => [gate, titles.get(gate)]));
    expect(rows.length).toBeGreaterThan(10);
  });
});
