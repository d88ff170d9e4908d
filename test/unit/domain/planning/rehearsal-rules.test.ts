import { describe, expect, it } from 'vitest';
import { parseWith } from '../../../../src/domain/base/issues.ts';
import { maxDurationOf } from '../../../../src/domain/plan/durations.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { repairPlan } from '../../../../src/domain/target/repair-plan.ts';
import { rehearsedJournal } from '../../../support/journal.ts';
import {
  environmentDocument,
  planningInput,
  policyDocument,
  procedureDocument,
  rehearsalDocuments,
  requestDocument,
} from '../planning-input.ts';
import { refusalInWords } from '../refusal-of.ts';

const { policy, procedure, request } = rehearsalDocuments();
const frozen = (documents: Parameters<typeof planningInput>[0]) => freezePlan(planningInput(documents));

describe('a rehearsal', () => {
  it('is planned where an environment is rehearsed, by that environment’s own rules', () => {
    const { plan } = frozen({ policy, procedure, request });
    expect(plan).toMatchObject({ mode: 'rehearsal', environment: 'staging', policy: { rehearsal: null } });
    expect(plan.policy.approvals.rules).toHaveLength(2);
    expect(plan.evidence.system).not.toBeNull();
  });

  it('has the procedure’s digest, and a plan of its own', () => {
    const { plan, planDigest } = frozen({ policy, procedure, request });
    const other = frozen({ policy, procedure, request: { ...request, mode: 'deployment' } });
    expect(other.plan.procedure.digest).toBe(plan.procedure.digest);
    expect(other.planDigest).not.toBe(planDigest);
    expect(frozen({ policy, procedure, request: requestDocument() }).plan.mode).toBe('deployment');
  });

  it('is neither monitored nor handed over, so it takes no time for that', () => {
    const { plan } = frozen({ policy, procedure, request });
    const released = { ...plan, mode: 'deployment' } as const;
    const { periodMs, handoff } = plan.monitoring;
    expect(maxDurationOf(released) - maxDurationOf(plan)).toBe(periodMs + (handoff?.withinMs ?? 0));
  });

  it('is refused where nothing is rehearsed, with the environments where it would be possible', () => {
    const elsewhere = { ...request, environment: 'production' };
    expect(refusalInWords(() => frozen({ policy, procedure, request: elsewhere }))).toEqual([
      'policy-not-met /mode: no environment is rehearsed in production: rehearse in staging',
    ]);
    expect(refusalInWords(() => frozen({ procedure, request: elsewhere }))).toEqual([
      'policy-not-met /mode: the policy asks for no rehearsal, so no environment is there for one',
    ]);
  });

  it('is refused at each step after which nothing could be rolled back, which a deployment may have', () => {
    const manual = { instructions: 'Phone the desk', role: 'support', within: '1h' };
    const call = { id: 'call', title: 'Phone the bank', manual, revertible: false, reason: 'a call is a call' };
    const { undo: _, ...warm } = procedure.steps[1] as { undo: unknown };
    const final = { ...warm, revertible: false, reason: 'it cannot cool down' };
    const documents = { policy, procedure: { ...procedure, steps: [procedure.steps[0], final, call] } };
    expect(refusalInWords(() => frozen({ ...documents, request }))).toEqual([
      'policy-not-met /procedure/steps/1: step warm-up cannot be undone, so nothing could be rolled back after it',
      'policy-not-met /procedure/steps/2: step call cannot be undone, so nothing could be rolled back after it',
    ]);
    expect(refusalInWords(() => frozen({ ...documents, request: { ...request, mode: 'deployment' } }))).toEqual([]);
  });

  it('is refused for a procedure that names nothing of the environment’s own', () => {
    const allowed = { ...environmentDocument(), procedures: { allow: ['shop-blue-green'] } };
    const environments = { ...policy.environments, staging: allowed };
    const plain = { policy: { ...policy, environments }, procedure: procedureDocument(), request };
    expect(refusalInWords(() => frozen(plain))).toEqual([
      expect.stringMatching(/^policy-not-met \/procedure: it would move what its addresses name, wherever that is/),
    ]);
    expect(refusalInWords(() => frozen({ ...plain, request: { ...request, mode: 'deployment' } }))).toEqual([]);
  });

  it('is no emergency', () => {
    const emergency = { role: 'service-owner', waives: [], review: { within: '48h', blocksNext: true } };
    const staging = { ...policy.environments.staging, emergency };
    const environments = { ...policy.environments, staging };
    const input = planningInput({ policy: { ...policy, environments }, procedure, request });
    const change = { ...input.request.change, type: 'emergency' } as const;
    expect(refusalInWords(() => freezePlan({ ...input, request: { ...input.request, change } }))).toEqual([
      'policy-not-met /change/type: a rehearsal is no emergency',
    ]);
  });

  it('is repaired like any other deployment: a repair rehearses nothing', () => {
    const { plan, journal } = rehearsedJournal();
    const target = { service: 'shop', environment: 'staging', lastNumber: 7, fence: 7, live: null, slot: null };
    const repair = repairPlan(plan, journal, {
      deployment: 'shop.staging.7',
      decision: 'compensate',
      reason: 'it hangs',
      requester: plan.requester,
      live: null,
      target: { ...target, lock: null, reviews: [] },
    });
    expect(repair.plan).toMatchObject({ mode: 'deployment', repair: { of: 'shop.staging.7' } });
  });
});

describe('a policy with rehearsals', () => {
  const environment = (where?: string) => ({
    ...environmentDocument(),
    ...(where === undefined ? {} : { rehearsal: { maxAge: '30d', environment: where } }),
  });
  const faultsOf = (environments: object) =>
    refusalInWords(() => parseWith(policySchema, { ...policyDocument(), environments }, 'invalid-policy'));
  const at = (name: string) => `invalid-policy /environments/${name}/rehearsal/environment`;
  const waits = (name: string) => `a rehearsal there would itself wait for one in ${name}: name another environment`;

  it('is frozen into a plan in milliseconds', () => {
    const { plan } = frozen({ policy, procedure, request: requestDocument() });
    expect(plan.policy.rehearsal).toEqual({ maxAgeMs: 30 * 86_400_000, environment: 'staging' });
    expect(frozen({}).plan.policy.rehearsal).toBeNull();
  });

  it('may rehearse for the rehearsal’s own environment in a third one', () => {
    expect(faultsOf({ production: environment('staging'), staging: environment('test'), test: environment() })).toEqual(
      [],
    );
  });

  it('is refused where it names an unknown environment, or one that waits for itself', () => {
    expect(faultsOf({ production: environment('nowhere') })).toEqual([
      `${at('production')}: the policy names no environment nowhere`,
    ]);
    expect(faultsOf({ production: environment('constructor') })).toEqual([
      `${at('production')}: the policy names no environment constructor`,
    ]);
    expect(faultsOf({ production: environment('production') })).toEqual([
      `${at('production')}: ${waits('production')}`,
    ]);
    const circle = { production: environment('staging'), staging: environment('test'), test: environment('staging') };
    expect(faultsOf(circle)).toEqual([`${at('staging')}: ${waits('staging')}`, `${at('test')}: ${waits('test')}`]);
  });

  it.each(['maxAge', 'environment'])('is refused without %s', (key) => {
    const { [key]: _, ...rehearsal } = environment('staging').rehearsal as Record<string, unknown>;
    const production = { ...environment(), rehearsal };
    expect(faultsOf({ production, staging: environment() })[0]).toContain(
      `invalid-policy /environments/production/rehearsal/${key}`,
    );
  });
});
