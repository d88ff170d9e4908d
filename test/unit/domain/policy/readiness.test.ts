import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/domain/base/json.ts';
import { unacknowledged } from '../../../../src/domain/deployment/acknowledgements.ts';
import { initialState } from '../../../../src/domain/deployment/state.ts';
import { liveRelease } from '../../../../src/domain/gates/live-release.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { renderRecord } from '../../../../src/domain/record/markdown/record.ts';
import { buildRecord } from '../../../../src/domain/record/record.ts';
import { goodJournal } from '../../../support/journal.ts';
import { planningInput, policyDocumentWith, previousDigest } from '../planning-input.ts';

const withReadiness = (roles: readonly unknown[]) => policyDocumentWith({ readiness: { roles, within: '8h' } });
const monitoring = { role: 'change-manager', onCall: true };

describe('readiness', () => {
  it('is not asked of a role that is on call by schedule, and the plan names that role', () => {
    const { plan } = freezePlan(planningInput({ policy: withReadiness(['support', monitoring]) }));
    expect(plan.policy.readiness).toStrictEqual({
      roles: ['support'],
      onCall: ['change-manager'],
      withinMs: 28_800_000,
    });
    expect(unacknowledged(plan, initialState(plan), 'readiness')).toStrictEqual(['support']);
  });

  it('is recorded as on call by schedule', () => {
    const { plan, planDigest, journal } = goodJournal();
    const policy = { ...plan.policy, readiness: { roles: ['support'], onCall: ['monitoring'], withinMs: 1 } };
    const record = renderRecord(buildRecord({ ...plan, policy }, planDigest, journal, { state: 'final' }));
    expect(record).toContain('monitoring: on call by schedule');
  });

  it.each([
    [[{ role: 'nobody', onCall: true }], ['environments', 'production', 'readiness', 'roles', 0]],
    [
      ['support', { role: 'support', onCall: true }],
      ['environments', 'production', 'readiness', 'roles'],
    ],
    [[{ role: 'support', standing: false }], ['environments', 'production', 'readiness', 'roles', 0]],
  ])('is refused as %j', (roles, path) => {
    expect(policySchema.safeParse(withReadiness(roles)).error?.issues.map((issue) => issue.path)).toStrictEqual([path]);
  });
});

describe('the gate of the live release', () => {
  const { plan } = freezePlan(planningInput());
  const artifact = { uri: 'ghcr.io/acme/shop:1.4.1', digest: previousDigest };
  const live = { release: '1.4.1', artifact, since: '2026-11-19T10:02:44.190Z', deployment: null };

  it('says which artifact a rollback returns to', () => {
    expect(liveRelease.evaluate.lock(plan, { live, slot: 'blue' })).toMatchObject({
      verdict: 'passed',
      found: 'a rollback returns to 1.4.1 (ghcr.io/acme/shop:1.4.1)',
      digest: previousDigest,
    });
  });

  describe('where what serves has the name of the release that is to come', () => {
    const sameName = { live: { ...live, release: plan.release }, slot: 'blue' };
    const checkedBy = (spec: JsonObject): Plan => {
      const [verify] = plan.rollback.verify;
      if (!verify) throw new Error('the plan has a rollback check');
      return { ...plan, rollback: { ...plan.rollback, verify: [{ ...verify, spec }] } };
    };

    it('says that another digest is another release, and does not pass where a rollback could not tell them apart', () => {
      for (const spec of [
        { http: 'http://127.0.0.1:4000/', json: { '/release': '${live.release}' } },
        { command: ['./x', '${slot.idle.name}'] },
        // Asks the slot itself, not what serves.
        { http: '${slot.live.url}/version', json: { '/release': '${live.release}' } },
      ])
        expect(liveRelease.evaluate.lock(checkedBy(spec), sameName)).toMatchObject({
          verdict: 'failed',
          found: expect.stringMatching(/another digest, so it is another release; by the name no rollback check tells/),
        });
    });

    it.each<JsonObject>([
      { http: 'http://127.0.0.1:4000/', json: { '/digest': '${live.artifact.digest}' } },
      { http: 'http://127.0.0.1:4000/route', json: { '/slot': '${slot.live.name}' } },
      { command: ['./verify', '${live.artifact.digest}'] },
    ])('passes, and says so, where a rollback check tells them apart: %j', (spec) => {
      expect(liveRelease.evaluate.lock(checkedBy(spec), sameName)).toMatchObject({
        verdict: 'passed',
        found: expect.stringMatching(/so it is another release$/),
      });
    });

    it('passes where it is the very same artifact', () => {
      const same = { ...sameName.live, artifact: plan.artifact };
      expect(liveRelease.evaluate.lock(plan, { live: same, slot: 'blue' })).toMatchObject({
        verdict: 'passed',
        found: expect.stringMatching(/^a rollback returns to 1\.4\.2 \([^ ]*\)$/),
      });
    });
  });

  it('does not pass where nothing is known to be live, even if the plan speaks of none', () => {
    const mute = { ...plan, slots: [], steps: [], rollback: { verify: [], settleMs: 0 } };
    for (const one of [plan, mute])
      expect(liveRelease.evaluate.lock(one, { live: null, slot: null })).toMatchObject({ verdict: 'failed' });
    expect(liveRelease.evaluate.lock(plan, { live, slot: null })).toMatchObject({ verdict: 'failed' });
  });

  it('is not asked of the first deployment of a service', () => {
    const first = { ...plan, change: { ...plan.change, initial: true } };
    expect(liveRelease.absence(first)).toBe('the first deployment has nothing to return to');
  });
});
