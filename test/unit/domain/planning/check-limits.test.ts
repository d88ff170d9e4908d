import { describe, expect, it } from 'vitest';
import { GantryError } from '../../../../src/domain/base/errors.ts';
import type { JsonObject } from '../../../../src/domain/base/json.ts';
import { describeHealthLimits } from '../../../../src/domain/kinds/health-limits.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { planningInput, procedureDocument } from '../planning-input.ts';

const via = { id: 'front-door', availability: 'http://127.0.0.1:4000/', rate: 20, failureLimit: 3 };
const page = { id: 'page', http: 'http://127.0.0.1:4000/page' };

/** The plan of a procedure with these health checks, held for 30 s and monitored for 15 min. */
const planned = (health: readonly JsonObject[], procedure: object = procedureDocument()) =>
  freezePlan(planningInput({ procedure: { ...procedure, health } })).plan;

function refusals(health: readonly JsonObject[], procedure?: object): readonly string[] {
  try {
    planned(health, procedure);
    return [];
  } catch (error) {
    if (!(error instanceof GantryError)) throw error;
    return error.issues.map(({ pointer, detail }) => `${pointer}: ${detail}`);
  }
}
const thresholdOf = (check: JsonObject) => {
  const { sampling } = planned([via, check]).health[1] ?? {};
  return sampling?.health ? describeHealthLimits(sampling, sampling.health) : null;
};

describe('what the failures of a health check are counted over', () => {
  it.each([
    [
      'the last 20 samples by default',
      {},
      '≤ 0 of the last 20 samples failed, ≤ 4 errors in a row, ≤ 4 of the last 20 samples',
    ],
    [
      'twice the limit where that is more',
      { failureLimit: 30 },
      '≤ 30 of the last 62 samples failed, ≤ 4 errors in a row, ≤ 34 of the last 62 samples',
    ],
    [
      'as many samples as it says',
      { window: 50, failureLimit: 3 },
      '≤ 3 of the last 50 samples failed, ≤ 4 errors in a row, ≤ 7 of the last 50 samples',
    ],
    [
      'a time',
      { window: '10m', consecutiveErrorLimit: 1 },
      '≤ 0 samples failed within 10 min, ≤ 1 errors in a row, ≤ 1 within 10 min',
    ],
  ])('is %s, frozen in the plan', (_what, options, words) => {
    expect(thresholdOf({ ...page, ...options })).toBe(words);
  });

  it('is a second of probes for an availability check, whose errors are failures', () => {
    const [check] = planned([via]).health;
    expect(check?.sampling).toMatchObject({
      intervalMs: 50,
      health: { window: { kind: 'samples', size: 20 }, errors: 'as-failures', atStart: 'must-pass' },
    });
    expect(thresholdOf({ ...via, id: 'other', window: '5s' })).toBe('≤ 3 samples failed within 5 s');
    expect(thresholdOf({ ...via, id: 'other', atStart: 'may-fail' })).toBe(
      '≤ 3 of the last 20 samples failed, from its first good sample on',
    );
  });

  it('means nothing in a check that ends by itself', () => {
    const document = procedureDocument();
    const [first, ...others] = document.steps;
    const done = { http: 'http://127.0.0.1:4000/', window: '5s' };
    const procedure = {
      ...document,
      steps: [{ ...first, done }, ...others],
      validation: { ...document.validation, smoke: [{ ...page, window: 5 }] },
      rollback: { verify: [{ ...page, atStart: 'may-fail' }] },
    };
    expect(refusals([via], procedure)).toEqual(
      ['steps/0/done/window', 'validation/smoke/0/window', 'rollback/verify/0/atStart'].map(
        (place) =>
          `/procedure/${place}: ${place.split('/').at(-1)} has no meaning here: only health checks go on until the deployment ends`,
      ),
    );
  });
});

describe('planning refuses a health check', () => {
  it.each([
    [
      'of availability that can never fail',
      { ...via, rate: 20, failureLimit: 20 },
      '/procedure/health/0/failureLimit: this check can never fail: of a window of 20 samples never more than 20 can have failed',
    ],
    [
      'whose own window holds no more than may fail',
      { ...page, window: 3, failureLimit: 3 },
      '/procedure/health/0/failureLimit: this check can never fail: of a window of 3 samples never more than 3 can have failed',
    ],
    [
      'whose time holds no more than may fail, slow as they may be',
      { ...page, window: '10s', timeout: '5s', failureLimit: 2 },
      '/procedure/health/0/failureLimit: this check can never fail: of a window of 10 s, in which 2 are sure to fit, never more than 2 can have failed',
    ],
    [
      'whose interval is longer than the monitoring period',
      { ...page, interval: '16m' },
      '/procedure/health/0/interval: the monitoring period of 15 min is too short for one sample every 16 min',
    ],
    [
      'that is sampled too seldom to exceed its limit',
      { ...page, interval: '5m', failureLimit: 4 },
      '/procedure/health/0/failureLimit: this check could never fail: holds and monitoring of 15 min 30 s see 4 samples, of which never more than 4 can have failed',
    ],
  ])('%s', (_what, check, said) => {
    expect(refusals([check])).toContain(said);
  });

  it.each([
    ['none', { window: 0 }],
    ['too many', { window: 1001 }],
    ['a part of one', { window: 1.5 }],
    ['no time', { window: '10 apples' }],
    ['a word', { atStart: 'may' }],
  ])('with a window of %s', (_what, options) => {
    expect(refusals([via, { ...page, ...options }])).toHaveLength(1);
  });

  it('not where one bad sample more than allowed makes it fail', () => {
    expect(refusals([{ ...via, failureLimit: 19 }])).toEqual([]);
    expect(refusals([via, { ...page, window: 4, failureLimit: 3 }])).toEqual([]);
    expect(refusals([via, { ...page, window: '10s', timeout: '5s', failureLimit: 1 }])).toEqual([]);
    expect(refusals([via, { ...page, interval: '15m' }])).toEqual([]);
  });
});
