import { describe, expect, it } from 'vitest';
import {
  type Attempts,
  mayHaveActed,
  unsureSteps,
  withAttempt,
} from '../../../../src/domain/deployment/attempt-ends.ts';
import { outstandingCompensations, unsureOf } from '../../../../src/domain/deployment/rollback-order.ts';
import { stateOf } from '../../../../src/domain/deployment/state.ts';
import type { EntryBody } from '../../../../src/domain/journal/entries.ts';
import { settlingMs } from '../../../../src/domain/plan/settling-time.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { repairPlan } from '../../../../src/domain/target/repair-plan.ts';
import { emptyTarget } from '../../../../src/domain/target/state.ts';
import { planningInput } from '../planning-input.ts';

const { plan } = freezePlan(planningInput());
const step = 'start-idle';
const began = Date.parse('2026-11-23T09:00:00.000Z');
/** Entries a second apart. */
const journalOf = (...bodies: EntryBody[]) =>
  bodies.map((body, i) => ({ v: 1 as const, seq: i + 1, at: new Date(began + i * 1_000).toISOString(), ...body }));
const started = (attempt = 1, of = step): EntryBody => ({ type: 'step-started', step: of, attempt });
const acted = (kind: 'completed' | 'failed' | 'unknown' | 'not-started', attempt = 1): EntryBody => ({
  type: 'action-completed',
  step,
  attempt,
  outcome: { kind, summary: '', observed: {}, startedAt: '', endedAt: '', worker: '' },
});

const lost: EntryBody = { type: 'attempt-lost', step, attempt: 1, why: 'the worker was lost' };
const refused: EntryBody = { type: 'attempt-not-begun', step, attempt: 1, why: 'files changed' };
const readBack = (verdict: 'done' | 'not-done'): EntryBody => ({
  type: 'read-back',
  step,
  attempt: 1,
  verdict,
  summary: '',
});

const cases: readonly (readonly [string, EntryBody[], { outstanding: boolean; unsure: boolean; settles: boolean }])[] =
  [
    ['under way', [started()], { outstanding: true, unsure: true, settles: true }],
    ['completed', [started(), acted('completed')], { outstanding: true, unsure: false, settles: true }],
    ['failed by its own word', [started(), acted('failed')], { outstanding: true, unsure: false, settles: false }],
    ['unknown', [started(), acted('unknown')], { outstanding: true, unsure: true, settles: true }],
    ['lost', [started(), lost], { outstanding: true, unsure: true, settles: true }],
    [
      'lost, but read back as done',
      [started(), lost, readBack('done')],
      { outstanding: true, unsure: false, settles: true },
    ],
    [
      'lost and read back as not done',
      [started(), lost, readBack('not-done')],
      { outstanding: true, unsure: true, settles: true },
    ],
    ['not started', [started(), acted('not-started')], { outstanding: false, unsure: false, settles: false }],
    ['refused', [started(), refused], { outstanding: false, unsure: false, settles: false }],
    [
      'lost, then not started',
      [started(), lost, started(2), acted('not-started', 2)],
      { outstanding: true, unsure: true, settles: true },
    ],
    [
      'lost, then failed',
      [started(), lost, started(2), acted('failed', 2)],
      { outstanding: true, unsure: true, settles: true },
    ],
    [
      'failed, then not started',
      [started(), acted('failed'), started(2), acted('not-started', 2)],
      { outstanding: true, unsure: false, settles: false },
    ],
  ];

describe('an attempt', () => {
  it.each(cases)('%s: what is outstanding, what may still come, what must settle', (_, bodies, expected) => {
    const journal = journalOf(...bodies);
    const state = stateOf(plan, journal);
    const attempts = journal.reduce<Attempts>(withAttempt, {});
    expect(state.attempts).toStrictEqual(attempts);
    expect({
      outstanding: mayHaveActed(attempts, step),
      unsure: unsureSteps(attempts).includes(step),
      settles: settlingMs(attempts, step, 30_000, began + 5_000) > 0,
    }).toStrictEqual(expected);
    // Rollback, what an abort would run, and a repair agree.
    expect(outstandingCompensations(plan, journal).map((one) => one.step)).toStrictEqual(
      expected.outstanding ? [step] : [],
    );
    expect(unsureOf(plan, state)).toStrictEqual(expected.unsure ? [step] : []);
    const { plan: repair } = repairPlan(plan, journal, {
      deployment: 'shop.production.1',
      decision: 'compensate',
      reason: 'it broke',
      requester: { subject: 'key:carol', name: 'Carol' },
      live: null,
      target: { ...emptyTarget('shop', 'production'), lock: null, reviews: [] },
    });
    expect(repair.repair).toMatchObject({
      outstanding: expected.outstanding ? [{ step }] : [],
      unsure: expected.unsure ? [step] : [],
    });
  });

  it('has settled once its settling time is over, of whatever it was unsure', () => {
    const attempts = journalOf(started(), lost).reduce<Attempts>(withAttempt, {});
    expect(settlingMs(attempts, step, 2_000, began + 1_000 + 2_000)).toBe(2_000);
    expect(settlingMs(attempts, step, 2_000, began + 1_000 + 2_001)).toBe(0);
    expect(unsureSteps(attempts, began + 999)).toStrictEqual([step]);
    expect(unsureSteps(attempts, began + 1_000)).toStrictEqual([]);
  });

  it('is none at a hold, a gate or a manual step', () => {
    const waits = plan.steps.filter(({ kind }) => kind !== 'action').map(({ id }) => id);
    const state = stateOf(plan, journalOf(...waits.map((id) => started(1, id))));
    expect(waits.length).toBeGreaterThan(0);
    expect(unsureOf(plan, state)).toStrictEqual([]);
  });
});
