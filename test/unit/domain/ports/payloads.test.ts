import { describe, expect, it } from 'vitest';
import { byteLength } from '../../../../src/domain/base/canonical-json.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';
import { payloadLimitBytes } from '../../../../src/domain/base/payload-limit.ts';
import type { JournalEntry } from '../../../../src/domain/journal/entries.ts';
import { sealsOf } from '../../../../src/domain/plan/seals.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { payloadsOf } from '../../../../src/domain/ports/payloads.ts';
import { repairPlan } from '../../../../src/domain/target/repair-plan.ts';
import { planningInput, policyDocument, procedureDocument } from '../planning-input.ts';

type Procedure = ReturnType<typeof procedureDocument>;

/** A plan that an API with a key freezes, after one change to its procedure. */
function frozen(change: (procedure: Procedure) => void, messageKey: string | null = 'ab'.repeat(32)) {
  const procedure = procedureDocument();
  change(procedure);
  return freezePlan({ ...planningInput({ procedure }), messageKey });
}

const refusalOf = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    if (error instanceof GantryError) return { code: error.code, pointer: error.pointer, message: error.message };
    throw error;
  }
  return null;
};

const sizeOf = (what: string, { plan, planDigest }: ReturnType<typeof frozen>) =>
  payloadsOf(plan, planDigest).find((one) => one.what === what)?.bytes ?? 0;
const largest = ({ plan, planDigest }: ReturnType<typeof frozen>) =>
  Math.max(...payloadsOf(plan, planDigest).map(({ bytes }) => bytes));

/** So many checks, each with a path of so many bytes. */
const checks = (count: number, length: number) =>
  Array.from({ length: count }, (_, i) => ({ id: `check-${i}`, http: `http://127.0.0.1:4000/${'x'.repeat(length)}` }));
/** Steps that are done and undone, with ids as long as they may be. */
const steps = (count: number, length: number) =>
  Array.from({ length: count }, (_, i) => ({
    id: `${i}`.padStart(63, 's'),
    title: 'x',
    do: { command: ['./shopctl', 'x'.repeat(length)] },
    undo: { command: ['./shopctl'] },
    verify: { none: 'x' },
  }));

describe('what Temporal is given of a plan', () => {
  it('fits to the byte, and is refused with one more as a plan that is too large is', () => {
    const planWith = (length: number, description: number) =>
      frozen((procedure) => {
        procedure.health.push(...(checks(45, length) as never[]));
        procedure.description = 'x'.repeat(description);
      });
    const lengths = Array.from({ length: 200 }, (_, i) => 850 + i);
    const length = lengths.findLast((one) => refusalOf(() => planWith(one, 1)) === null) ?? 0;
    expect(length).toBeGreaterThan(850);
    expect(length).toBeLessThan(1_049);
    const room = payloadLimitBytes - largest(planWith(length, 1));
    expect(largest(planWith(length, room + 1))).toBe(131_072);
    expect(refusalOf(() => planWith(length, room + 2))).toEqual({
      code: 'plan-too-large',
      pointer: '/procedure',
      message: 'Of this plan, its evaluation with the health checks can have 131073 bytes; at most 131072 fit.',
    });
  });

  it.each<readonly [string, (procedure: Procedure) => void]>([
    ['its request', (p) => p.steps.push(...steps(95, 490))],
    ['its evaluation with the health checks', (p) => p.health.push(...(checks(45, 1_300) as never[]))],
    ['its evaluation with the rollback checks', (p) => p.rollback.verify.push(...(checks(45, 1_300) as never[]))],
    ['step warm-up with its checks', (p) => Object.assign(p.steps[1] ?? {}, { verify: checks(50, 1_300) })],
    [
      'step warm-up with its checks',
      (p) => Object.assign(p.steps[1] ?? {}, { done: { http: `http://a/${'x'.repeat(65_000)}` } }),
    ],
  ])('%s is refused though the plan would fit', (what, change) => {
    expect(refusalOf(() => frozen(change))).toMatchObject({
      code: 'plan-too-large',
      message: expect.stringMatching(new RegExp(`^Of this plan, ${what} can have 1[3-9]\\d{4} bytes`)),
    });
  });

  it('is smaller where nothing is sealed', () => {
    expect(frozen((p) => p.steps.push(...steps(95, 490)), null).plan.steps).toHaveLength(100);
  });

  it('counts the stakeholders whom an evaluation notifies', () => {
    const stakeholders = Array.from({ length: 20 }, (_, i) => ({
      name: `${i}`.padStart(100, 'x'),
      log: true,
      on: ['requested', 'deployed', 'ended', 'page'],
    }));
    const policy = policyDocument();
    Object.assign(policy.environments['production'] ?? {}, { stakeholders });
    const many = freezePlan(planningInput({ policy }));
    const few = freezePlan(planningInput());
    // Once in the plan, and once beside it.
    const evaluation = 'its evaluation with the health checks';
    expect(sizeOf(evaluation, many) - sizeOf(evaluation, few)).toBeGreaterThan(2 * 20 * 100);
  });

  it('is never less than a repair of the plan takes, whoever requests it and with which reason', () => {
    const { plan, planDigest } = frozen((p) => p.steps.push(...steps(60, 100)));
    const at = '2026-11-23T09:15:20.000Z';
    const journal = plan.steps.map(({ id }, i): JournalEntry => {
      return { v: 1, seq: i + 1, at, type: 'step-started', step: id, attempt: 1, resolved: {} };
    });
    const live = {
      release: 'r'.repeat(63),
      artifact: { uri: 'u'.repeat(512), digest: `sha256:${'0'.repeat(64)}` },
      since: at,
      deployment: 'shop.production.1',
    };
    const { service, environment } = plan;
    const target = { service, environment, lastNumber: 7, fence: 7, live, slot: 'blue', lock: null, reviews: [] };
    const repair = repairPlan(plan, journal, {
      deployment: 'shop.production.7',
      decision: 'compensate',
      reason: '"é\u0001\u{1f680}'.repeat(100),
      requester: { subject: `key:${'s'.repeat(250)}`, name: '"'.repeat(100) },
      live: null,
      target,
    });
    expect(repair.plan.repair?.outstanding.length).toBeGreaterThan(60);
    const seals = sealsOf(plan, planDigest, () => ({ key: '0'.repeat(16), signature: '0'.repeat(128) }));
    const started = { ...repair, seals, number: 8, presumed: { live, slot: 'blue' } };
    const measured = sizeOf('its repair', { plan, planDigest });
    const sent = byteLength(JSON.stringify(started));
    expect(measured).toBeGreaterThanOrEqual(sent);
    expect(measured).toBeLessThan(sent + 8_192);
  });
});
