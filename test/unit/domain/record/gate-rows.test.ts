import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { completion } from '../../../../src/domain/record/certifying-statement.ts';
import { gateRows } from '../../../../src/domain/record/gate-rows.ts';
import { notRequired } from '../../../../src/domain/record/not-required.ts';
import { sourceOf } from '../../../../src/domain/record/source.ts';
import { all, beforeEnd, type Change, changed, planned, without } from '../../../support/changed-journal.ts';
import { goodJournal } from '../../../support/journal.ts';

const sourceWith = (...changes: readonly Change[]) => {
  const { plan, planDigest, journal } = all(...changes)(goodJournal());
  return sourceOf(plan, planDigest, journal);
};
const rowsOf = (...changes: readonly Change[]) => gateRows(sourceWith(...changes));
const policy = (change: object) => planned((plan) => ({ policy: { ...plan.policy, ...change } }));
const evaluated = (gate: 'window' | 'rehearsal', verdict: 'passed' | 'not-required') =>
  beforeEnd({ type: 'gate-evaluated', gate, moment: 'grant', required: 'it', found: 'it', verdict });

describe('the rows of gates', () => {
  it('stand in the order of the process, whatever was evaluated first', () => {
    const order = [
      ...['integration', 'context', 'system', 'learning', 'production'].map((stage) => `stage-${stage}`),
      'rehearsal',
      'health-answers',
      'notified',
      'readiness',
      'approval',
      'window',
      'live-release',
      'rollback-checks',
      'health-at-start',
    ];
    const rows = rowsOf(
      evaluated('window', 'passed'),
      changed('gate-evaluated', { gate: 'rehearsal' }, { verdict: 'passed' }),
    );
    expect(rows.map(({ gate }) => gate)).toEqual(order);
  });

  it('leave out a gate that nothing requires', () => {
    const gates = rowsOf(evaluated('window', 'not-required')).map(({ gate }) => gate);
    expect(gates).not.toContain('window');
    expect(gates).not.toContain('rehearsal');
  });

  it('show a gate that the plan requires as not evaluated where the journal calls it not required', () => {
    const rows = rowsOf(changed('gate-evaluated', { gate: 'readiness' }, { verdict: 'not-required' }));
    expect(rows.find(({ gate }) => gate === 'readiness')).toMatchObject({
      verdict: 'not-evaluated',
      found: expect.any(String),
    });
  });

  it('show a gate that was never evaluated, and one as it was evaluated last', () => {
    const rows = rowsOf(without('gate-evaluated', { gate: 'notified' }));
    expect(rows.find(({ gate }) => gate === 'notified')).toMatchObject({
      verdict: 'not-evaluated',
      at: null,
      evaluatedBefore: [],
    });
    expect(rows.find(({ gate }) => gate === 'stage-system')).toMatchObject({
      moment: 'grant',
      evaluatedBefore: [expect.any(String)],
    });
  });
});

it('a row shows what was required and found, and when the gate was evaluated before', () => {
  const [first, second] = goodJournal().journal.filter(
    (entry) => entry.type === 'gate-evaluated' && entry.gate === 'stage-system',
  );
  const again = rowsOf(
    beforeEnd({
      type: 'gate-evaluated',
      gate: 'stage-system',
      moment: 'grant',
      required: 'a pass',
      found: 'none',
      verdict: 'failed',
      fault: 'missing',
    }),
  );
  expect(again.find(({ gate }) => gate === 'stage-system')).toMatchObject({
    required: 'a pass',
    found: 'none',
    verdict: 'failed',
    fault: 'missing',
    evaluatedBefore: [first?.at, second?.at],
  });
});

it('a gate of another build comes last, under its own name', () => {
  const rows = rowsOf(
    beforeEnd({
      type: 'gate-evaluated',
      gate: 'of-another-build',
      moment: 'grant',
      required: 'x',
      found: 'x',
      verdict: 'passed',
    }),
  );
  expect(rows.at(-1)).toMatchObject({ gate: 'of-another-build', title: 'of-another-build', verdict: 'passed' });
});

describe('what policy does not require', () => {
  const asksForAll = policy({
    windows: { timeZone: 'UTC', allow: [], freezes: [], runwayMs: 0, runwayFrom: 'policy' },
    evidence: { ...goodJournal().plan.policy.evidence, order: 'strict' },
    messages: { unsigned: 'refuse', key: null },
    require: {
      validation: ['smoke', 'performance', 'integrations', 'features'],
      availability: true,
      artifactReadBack: true,
    },
  });

  it('lists order, proofs and validation', () => {
    const required = policy({
      evidence: { ...goodJournal().plan.policy.evidence, order: 'any' },
      require: { validation: ['smoke'], availability: false, artifactReadBack: false },
    });
    expect(notRequired(sourceWith(required))).toEqual(
      expect.arrayContaining([
        'an order of the stages',
        'a proof of identity on messages',
        'performance validation',
        'integrations validation',
        'features validation',
      ]),
    );
    expect(notRequired(sourceWith(required))).not.toContain('smoke validation');
  });

  it('lists a user of their own for commands, where the plan runs any', () => {
    const words = 'a user of their own for commands';
    expect(notRequired(sourceWith())).toContain(words);
    expect(notRequired(sourceWith(policy({ commands: 'isolated' })))).not.toContain(words);
    const none = { ...goodJournal().plan, steps: [], validation: {} as Plan['validation'] };
    expect(notRequired({ plan: none })).not.toContain(words);
  });

  it('does not list what it requires', () => {
    const words = notRequired(sourceWith(asksForAll)).join();
    expect(words).not.toMatch(/order of the stages|proof of identity|validation|window/);
  });

  it('lists a rehearsal', () => {
    expect(notRequired(sourceWith())).toContain('a rehearsal of the rollback');
    const asked = policy({ rehearsal: { maxAgeMs: 1, environment: 'staging' } });
    expect(notRequired(sourceWith(asked))).not.toContain('a rehearsal of the rollback');
  });
});

it('a gate that nothing requires holds nothing back', () => {
  const { plan, journal } = evaluated('window', 'not-required')(goodJournal());
  expect(completion(plan, journal).certified).toBe(true);
});
