import { describe, expect, it } from 'vitest';
import type { Found } from '../../../../src/domain/gates/gate.ts';
import { healthAtStart } from '../../../../src/domain/gates/health-at-start.ts';
import type { WatchReport } from '../../../../src/domain/health/watched.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { planningInput } from '../planning-input.ts';

const { plan } = freezePlan(planningInput());
const [frontDoor] = plan.health as [Plan['health'][number]];
const usual = frontDoor.sampling.health as NonNullable<typeof frontDoor.sampling.health>;
const check = (id: string, atStart: typeof usual.atStart) => ({
  ...frontDoor,
  id,
  sampling: { ...frontDoor.sampling, health: { ...usual, atStart } },
});
const own: Plan = { ...plan, health: [check('home', 'must-pass'), check('search', 'may-fail')] };

const breach = { check: 'home', summary: '4 failures' } as Found['breach']['health'];

/** What the monitor saw first: good, or bad. */
function seen(of: Plan, ids: Readonly<Record<string, 'passed' | 'failed'>>) {
  const report = Object.fromEntries(
    Object.entries(ids).map(([id, verdict]) => [id, { verdict, summary: verdict === 'passed' ? '200' : '503' }]),
  ) as unknown as WatchReport;
  const { verdict, found, why } = healthAtStart.evaluate.grant(of, { health: report } as unknown as Found['grant']);
  return { verdict, found, why };
}

describe('the start', () => {
  it('is healthy where every check is good', () => {
    expect(seen(own, { home: 'passed', search: 'passed' })).toEqual({
      verdict: 'passed',
      found: '2 of 2 health checks good',
      why: null,
    });
  });

  it('is refused by a check that is bad, or has no sample', () => {
    expect(seen(own, { home: 'failed', search: 'passed' })).toEqual({
      verdict: 'failed',
      found: '1 of 2 health checks good; home failed (503)',
      why: 'not healthy before the first change: home failed (503)',
    });
    expect(seen(own, { search: 'passed' })).toMatchObject({
      verdict: 'failed',
      why: 'not healthy before the first change: home inconclusive (no sample)',
    });
  });

  it('is not refused by one that the procedure lets go, and says so', () => {
    expect(seen(own, { home: 'passed', search: 'failed' })).toEqual({
      verdict: 'passed',
      found: '1 of 2 health checks good; search failed (503), which the procedure lets go',
      why: null,
    });
    expect(seen(own, { home: 'failed', search: 'failed' })).toEqual({
      verdict: 'failed',
      found: '0 of 2 health checks good; home failed (503), search failed (503)',
      why: 'not healthy before the first change: home failed (503)',
    });
  });

  it('is refused by a check of which nothing is said', () => {
    const { health: _, ...sampling } = frontDoor.sampling;
    const silent = { ...plan, health: [{ ...frontDoor, sampling }] } as Plan;
    expect(seen(silent, { 'front-door': 'failed' })).toMatchObject({ verdict: 'failed' });
  });

  it('of the first deployment asks for nothing, since nobody serves yet, unless a check has failed', () => {
    const initial = { ...own, change: { ...own.change, initial: true } };
    expect(healthAtStart.absence(own, {})).toBeNull();
    expect(healthAtStart.absence(initial, {})).toBe('nothing serves before the first deployment');
    expect(healthAtStart.absence(initial, { health: {} })).toBe('nothing serves before the first deployment');
    expect(healthAtStart.absence(initial, { health: breach })).toBeNull();
  });

  it('is let go by an emergency that waives it', () => {
    const emergency: Plan = {
      ...own,
      change: { ...own.change, type: 'emergency' },
      policy: {
        ...own.policy,
        emergency: { role: 'support', waives: ['health-at-start'], quorum: [], reviewWithinMs: 1, blocksNext: false },
      },
    };
    expect(seen(emergency, { home: 'failed', search: 'passed' })).toMatchObject({
      verdict: 'waived',
      found: '1 of 2 health checks good; home failed (503)',
      why: null,
    });
  });

  it('is refused by a check that has failed meanwhile', () => {
    const evaluated = {
      required: 'every health check is good before the first change',
      found: 'home: 4 failures',
      verdict: 'failed',
      why: 'not healthy before the first change: home: 4 failures',
    };
    expect(healthAtStart.evaluate.breach(own, { health: breach })).toEqual(evaluated);
    expect(healthAtStart.evaluate.grant(own, { health: breach } as unknown as Found['grant'])).toEqual(evaluated);
  });
});
