import { describe, expect, it } from 'vitest';
import { createAdapters } from '../../../../src/adapters/index.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';
import type { JsonObject } from '../../../../src/domain/base/json.ts';
import { describeHealthThreshold } from '../../../../src/domain/kinds/describe.ts';
import { usualHealth } from '../../../../src/domain/kinds/health-limits.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { expectsOf, thresholdOf } from '../../../support/expects.ts';
import { planningInput, procedureDocument } from '../planning-input.ts';

const errors = {
  id: 'error-rate',
  prometheus: 'http://127.0.0.1:9090',
  query: 'sum(rate(errors_total[1m])) / sum(rate(requests_total[1m]))',
  samplesOf: 'requests_total',
  range: '1m',
  step: '5s',
  max: 0.02,
  maxAge: '15s',
};
const number = { id: 'numbers', http: 'http://127.0.0.1:4000/metrics.json', number: { '/errorRate': { max: 0.02 } } };
const planned = (change: object) =>
  freezePlan({ ...planningInput({ procedure: { ...procedureDocument(), ...change } }), catalog: createAdapters() })
    .plan;

function refusals(change: object): readonly string[] {
  try {
    planned(change);
    return [];
  } catch (error) {
    if (!(error instanceof GantryError)) throw error;
    return error.issues.map(({ pointer, detail }) => `${pointer}: ${detail}`);
  }
}
const validation = (performance: readonly JsonObject[]) => ({
  validation: { ...procedureDocument().validation, performance },
});

describe('checks of numbers', () => {
  it('stand in validation, in verify and under health, where they are watched as any other', () => {
    const [first, ...others] = procedureDocument().steps;
    const readBack = { id: 'v', http: '${slot.idle.url}/version', json: { '/digest': '${artifact.digest}' } };
    const via = procedureDocument().health[0];
    const change = {
      ...validation([errors, number]),
      steps: [{ ...first, verify: [readBack, { ...errors, within: '1m' }] }, ...others],
      health: [via, { ...errors, interval: '5s', window: '2m', failureLimit: 2 }, number],
    };
    const { health } = planned(change);
    expect(health[1]?.sampling.health?.window).toEqual({ kind: 'time', ms: 120_000 });
  });

  it('are refused in a rollback, which goes on without a source of metrics', () => {
    const [first, ...others] = procedureDocument().steps;
    const { id: _, ...done } = errors;
    expect(
      refusals({
        steps: [{ ...first, done }, ...others],
        rollback: { verify: [...(procedureDocument().rollback.verify as JsonObject[]), errors] },
      }),
    ).toEqual([
      '/procedure/steps/0/done/prometheus: prometheus has no meaning here: a rollback goes on without a source of metrics',
      `/procedure/rollback/verify/${procedureDocument().rollback.verify.length}/prometheus: prometheus has no meaning here: a rollback goes on without a source of metrics`,
    ]);
  });

  it('are refused with the place where they can never fail or never pass', () => {
    expect(
      refusals(
        validation([
          { ...errors, min: 1 },
          { ...number, number: { '/errorRate': {} } },
        ]),
      ),
    ).toEqual([
      '/procedure/validation/performance/0/min: it can never pass: min is greater than max',
      '/procedure/validation/performance/1/number/~1errorRate: it can never fail: give min, max or both',
    ]);
  });

  it('describe their limits, window, samples and source in words', () => {
    const { id: _, ...spec } = errors;
    expect(thresholdOf('prometheus', spec)).toBe(
      '≤ 0.02 at http://127.0.0.1:9090 for sum(rate(errors_total[1m])) / sum(rate(requests_total[1m])), over 1 min every 5 s, ≥ 12 samples, samples of requests_total ≤ 15 s old',
    );
    expect(thresholdOf('prometheus', { prometheus: 'http://127.0.0.1:9090', query: 'up', min: 1, max: 3 })).toBe(
      '≥ 1 and ≤ 3 at http://127.0.0.1:9090 for up, samples ≤ 2 min old',
    );
    expect(thresholdOf('http', { number: { '/errorRate': { max: 0.02 } }, json: { '/release': '1' } })).toBe(
      'status 2xx, /release = 1, /errorRate ≤ 0.02',
    );
  });

  it('describe them under health, too, beside how many samples may be bad; other checks do not change', () => {
    const sampling = planned({ health: [...procedureDocument().health, number] }).health[1]?.sampling;
    if (!sampling) throw new Error('no such check');
    const words = (kind: string, spec: JsonObject) =>
      describeHealthThreshold({ expects: expectsOf(kind, spec), sampling }, usualHealth(sampling));
    const limits = '≤ 0 of the last 20 samples failed, ≤ 4 errors in a row, ≤ 4 of the last 20 samples';
    expect(words('http', { number: number.number })).toBe(`${limits}; each /errorRate ≤ 0.02`);
    expect(words('http', { http: 'http://127.0.0.1/' })).toBe(limits);
  });
});
