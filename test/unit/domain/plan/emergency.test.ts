import { describe, expect, it } from 'vitest';
import { isApproved } from '../../../../src/domain/deployment/approvals.ts';
import { decide } from '../../../../src/domain/deployment/decide-message.ts';
import { initialState } from '../../../../src/domain/deployment/state.ts';
import { isRightlyWaived } from '../../../../src/domain/gates/evaluate.ts';
import type { GateName } from '../../../../src/domain/gates/index.ts';
import { evaluatePlanStages } from '../../../../src/domain/gates/plan-stages.ts';
import type { EntryBody, EntryOf } from '../../../../src/domain/journal/entries.ts';
import type { Actor } from '../../../../src/domain/journal/values.ts';
import { isWaived, verdictOr } from '../../../../src/domain/plan/waivers.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { waivable } from '../../../../src/domain/policy/waivable.ts';
import { withEnd } from '../../../../src/domain/target/ended-deployments.ts';
import {
  closingFault,
  excludedFromReview,
  reviewDueAt,
  reviewFault,
  reviewTermsOf,
  withoutReview,
  withReviewOpened,
  withReviewOverdue,
} from '../../../../src/domain/target/reviews.ts';
import { emptyTarget } from '../../../../src/domain/target/state.ts';
import { targetViewOf } from '../../../../src/domain/target/view.ts';
import { bob, carol, dan } from '../../../support/journal.ts';
import { evidenceRows, planningInput, policyDocumentWith, requestDocument } from '../planning-input.ts';

const now = Date.parse('2026-11-23T09:00:00.000Z');
const terms = { role: 'support', waives: waivable, review: { within: '48h', blocksNext: true } };
const policyWith = (emergency: object) => policyDocumentWith({ emergency: { ...terms, ...emergency } });
const emergency = { ...requestDocument(), change: { ...requestDocument().change, type: 'emergency' } };
const planOf = (given: object = {}) =>
  freezePlan(planningInput({ policy: policyWith(given), request: emergency })).plan;
const normal = freezePlan(planningInput({ policy: policyWith({}) })).plan;

describe('an emergency', () => {
  it('is refused where the policy has no place for it', () => {
    const asked = planningInput({ request: emergency });
    expect(() => freezePlan(asked)).toThrow(
      expect.objectContaining({ code: 'policy-not-met', pointer: '/change/type' }) as Error,
    );
  });

  it('needs one approval by its own role where the quorum is waived, else that one too', () => {
    const own = { role: 'support', minimum: 1 };
    const quorum = [
      { role: 'service-owner', minimum: 1 },
      { role: 'change-manager', minimum: 1 },
    ];
    expect(planOf().policy.approvals.rules).toStrictEqual([own]);
    expect(planOf({ waives: [] }).policy.approvals.rules).toStrictEqual([...quorum, own]);
    expect(planOf({ waives: [], role: 'change-manager' }).policy.approvals.rules).toStrictEqual(quorum);
    expect(planOf().policy.emergency).toMatchObject({ quorum, reviewWithinMs: 172_800_000, blocksNext: true });
    expect(normal.policy).toMatchObject({ emergency: null, approvals: { rules: quorum } });
  });

  it('is never approved by who requested or wrote it', () => {
    const plan = { ...planOf({ role: 'service-owner' }), requester: { subject: bob.subject, name: bob.name } };
    const given = { plan: { ...plan, change: { ...plan.change, authors: ['key:carol'] } }, planDigest: 'sha256:x' };
    const answer = (actor: Actor) =>
      decide(
        { ...given, state: initialState(plan), actor },
        { name: 'approve', argument: { by: actor.subject, planDigest: 'sha256:x', gate: 'start' } },
      );
    expect(answer(bob)).toMatchObject({ kind: 'refused', code: 'self-approval' });
    expect(answer(carol)).toMatchObject({ kind: 'refused', code: 'self-approval' });
    expect(answer(dan)).toMatchObject({ kind: 'refused', code: 'role-missing' });
    expect(isApproved(plan, [], 'start')).toBe(false);
  });

  it.each([
    ['a role that nobody has', { role: 'nobody' }, ['role']],
    ['a stage waived', { waives: ['stage-system'] }, ['waives', 0]],
    ['something waived twice', { waives: ['window', 'window'] }, ['waives']],
    ['no review', { review: undefined }, ['review']],
  ])('is refused in a policy with %s', (_, given, path) => {
    const { error } = policySchema.safeParse(policyWith(given));
    expect(error?.issues.map((issue) => issue.path)).toStrictEqual([
      ['environments', 'production', 'emergency', ...path],
    ]);
  });
});

describe('what is waived', () => {
  it('is what the policy lists, for an emergency and for nothing else', () => {
    const some = planOf({ waives: ['window'] });
    expect(waivable.map((what) => isWaived(some, what))).toStrictEqual([true, false, false, false, false, false]);
    expect(waivable.every((what) => isWaived(planOf(), what))).toBe(true);
    expect(waivable.some((what) => isWaived(normal, what))).toBe(false);
    const forged = { ...normal, policy: { ...normal.policy, emergency: planOf().policy.emergency } };
    expect(isWaived(forged, 'window')).toBe(false);
    expect(verdictOr(some, 'window', true)).toBe('passed');
    expect(verdictOr(some, 'window', false)).toBe('waived');
    expect(verdictOr(some, 'rollback-checks', false)).toBe('failed');
  });

  it('counts only at its own gate, and of a stage only the age', () => {
    const entry = (gate: GateName, fault?: string): EntryOf<'gate-evaluated'> => {
      const rest = { moment: 'grant', required: '', found: '', verdict: 'waived' } as const;
      return { type: 'gate-evaluated', gate, ...rest, ...(fault === undefined ? {} : { fault }) };
    };
    const plan = planOf();
    for (const gate of ['window', 'rehearsal', 'rollback-checks', 'health-at-start', 'health-answers'] as const) {
      const old = entry(gate, 'too-old');
      expect(isRightlyWaived(plan, old)).toBe(true);
      expect(isRightlyWaived(planOf({ waives: ['quorum'] }), old)).toBe(false);
      expect(isRightlyWaived(plan, { ...old, verdict: 'failed' })).toBe(false);
    }
    expect(isRightlyWaived(plan, entry('rehearsal', 'missing'))).toBe(false);
    for (const gate of ['approval', 'notified', 'readiness', 'live-release'] as const)
      expect(isRightlyWaived(plan, entry(gate))).toBe(false);
    expect(isRightlyWaived(plan, entry('stage-system', 'too-old'))).toBe(true);
    expect(isRightlyWaived(plan, entry('stage-system', 'failed'))).toBe(false);
  });

  it('is the age of a stage, never what the stage found', () => {
    const plan = planOf();
    const later = now + 30 * 86_400_000;
    expect(evaluatePlanStages(plan, evidenceRows(), now, {}).map(({ verdict }) => verdict)).toStrictEqual(
      Array(5).fill('passed'),
    );
    expect(
      evaluatePlanStages(plan, evidenceRows(), later, {}).map(({ verdict, fault }) => [verdict, fault]),
    ).toStrictEqual(Array.from({ length: 5 }, () => ['waived', 'too-old']));
    expect(evaluatePlanStages(normal, evidenceRows(), later, {}).map(({ verdict }) => verdict)).toStrictEqual(
      Array(5).fill('failed'),
    );
    const bad = evidenceRows().map((row) => {
      if (row.stage === 'context') return { ...row, result: 'FAILED' as const };
      return row.stage === 'learning' ? { ...row, startedOn: '2026-11-23T01:00:00.000Z' } : row;
    });
    expect(
      evaluatePlanStages(
        plan,
        bad.filter(({ stage }) => stage !== 'production'),
        later,
        {},
      ).map(({ verdict, fault }) => [verdict, fault]),
    ).toStrictEqual([
      ['waived', 'too-old'],
      ['failed', 'failed'],
      ['waived', 'too-old'],
      ['failed', 'out-of-order'],
      ['failed', 'missing'],
    ]);
  });
});

describe('the review of an emergency', () => {
  const plan = planOf();
  const due = '2026-11-25T09:00:00.000Z';
  const one = {
    number: 1,
    id: 'shop.production.1',
    workflowId: 'w',
    runId: 'r',
    key: null,
    bodyDigest: null,
    hadLock: true,
    review: reviewTermsOf(plan),
  };
  const target = { ...emptyTarget('shop', 'production'), open: [one] };
  const opened = withReviewOpened(target, 1, due, now);
  const by = (subject: string) => ({ deployment: one.id, by: { subject, name: subject } });

  it('is due within the time of the policy from the end on, where something was changed', () => {
    expect(reviewDueAt(plan, true, now)).toBe(new Date(now + 48 * 3_600_000).toISOString());
    expect(reviewDueAt(plan, false, now)).toBeNull();
    expect(reviewDueAt(normal, true, now)).toBeNull();
  });

  it('is opened when the deployment reports it, and when it cannot report', () => {
    expect(targetViewOf(opened).reviews).toStrictEqual([{ deployment: one.id, dueAt: due, overdue: false }]);
    expect(withReviewOpened(target, 1, undefined, now).reviews).toMatchObject([{ dueAt: due }]);
    expect(withReviewOpened(target, 1, null, now).reviews).toStrictEqual([]);
    expect(withReviewOpened({ ...target, open: [{ ...one, runId: null }] }, 1, undefined, now).reviews).toStrictEqual(
      [],
    );
    expect(withReviewOpened({ ...target, open: [{ ...one, review: null }] }, 1, due, now).reviews).toStrictEqual([]);
    expect(withReviewOpened(opened, 1, due, now).reviews).toHaveLength(1);
    expect(reviewTermsOf(normal)).toBeNull();
    expect(withEnd(opened, 1, 'lost').reviews).toStrictEqual(opened.reviews);
  });

  it('blocks changes that are no emergency once it is overdue, where the policy asks for that', () => {
    const overdue = withReviewOverdue(opened, one.id);
    expect(reviewFault(opened, normal)).toBeNull();
    expect(reviewFault(overdue, normal)?.why).toMatch(/^The review of the emergency shop\.production\.1 was due /);
    expect(reviewFault(overdue, { ...normal, change: { ...normal.change, type: 'standard' } })).not.toBeNull();
    expect(reviewFault(overdue, plan)).toBeNull();
    expect(reviewFault(withoutReview(overdue, one.id), normal)).toBeNull();
    const lenient = overdue.reviews.map((review) => ({ ...review, blocksNext: false }));
    expect(reviewFault({ reviews: lenient }, normal)).toBeNull();
  });

  it('is closed by a person who neither requested nor wrote it', () => {
    expect(closingFault(opened, by('key:carol'))).toBeNull();
    for (const subject of ['key:ci-shop', 'key:alice'])
      expect(closingFault(opened, by(subject))).toMatchObject({ code: 'self-approval' });
    expect(closingFault(target, by('key:carol'))).toMatchObject({ code: 'not-found' });
  });

  it('cannot be closed by a person who approved it at any gate, unless they withdrew', () => {
    const said = (...bodies: readonly EntryBody[]) =>
      [
        ...excludedFromReview(
          plan,
          bodies.map((body, i) => ({ v: 1, seq: i + 1, at: due, ...body })),
        ),
      ].toSorted();
    const approved = (actor: Actor, gate: string): EntryBody => ({
      type: 'approval-granted',
      by: actor,
      gate,
      role: 'support',
      planDigest: 'sha256:x',
      expiresAt: null,
    });
    const withdrawn = (actor: Actor, gate: string): EntryBody => ({ type: 'approval-withdrawn', by: actor, gate });
    const asked = said();
    expect(asked).toEqual(expect.arrayContaining(['key:alice', 'key:ci-shop']));
    expect(said(approved(dan, 'start'), approved(carol, 'go'))).toEqual([...asked, 'key:carol', 'key:dan'].toSorted());
    expect(said(approved(dan, 'start'), withdrawn(dan, 'start'))).toEqual(asked);
    // Withdrawn at one gate it stands at another; given again it counts again.
    expect(said(approved(dan, 'start'), approved(dan, 'go'), withdrawn(dan, 'start'))).toContain('key:dan');
    expect(said(approved(dan, 'start'), withdrawn(dan, 'start'), approved(dan, 'start'))).toContain('key:dan');
  });
});
