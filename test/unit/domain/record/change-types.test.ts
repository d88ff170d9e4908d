import { describe, expect, it } from 'vitest';
import { digestOfJson } from '../../../../src/domain/base/canonical-json.ts';
import { notificationFor } from '../../../../src/domain/deployment/notification-words.ts';
import { stateOf } from '../../../../src/domain/deployment/state.ts';
import { statusOf } from '../../../../src/domain/deployment/status.ts';
import type { EntryBody, EntryOf, JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { completion, completionStatement } from '../../../../src/domain/record/certifying-statement.ts';
import { renderRecord } from '../../../../src/domain/record/markdown/record.ts';
import { buildRecord } from '../../../../src/domain/record/record.ts';
import { carol, dan, goodJournal, type JournalFixture } from '../../../support/journal.ts';

const good = goodJournal();
const dueAt = '2026-11-25T09:40:00.000Z';
const closedAt = '2026-11-24T08:00:00.000Z';

/** The good deployment under another plan, with entries put before its end and after it. */
function given(
  change: (plan: Plan) => Partial<Plan>,
  before: readonly EntryBody[] = [],
  after: readonly EntryBody[] = [],
): JournalFixture {
  const plan = { ...good.plan, ...change(good.plan) };
  const planDigest = digestOfJson(plan);
  const end = good.journal.at(-1) as JournalEntry;
  const place = { v: 1, seq: 0 } as const;
  const whole = [
    ...good.journal.slice(0, -1),
    ...before.map((body) => ({ ...place, at: end.at, ...body })),
    end,
    ...after.map((body) => ({ ...place, at: closedAt, ...body })),
  ].map((entry, i): JournalEntry => ({ ...entry, seq: i + 1 }));
  return {
    plan,
    planDigest,
    journal: JSON.parse(JSON.stringify(whole).replaceAll(good.planDigest, planDigest)) as JournalEntry[],
  };
}

const recordOf = ({ plan, planDigest, journal }: JournalFixture) =>
  renderRecord(buildRecord(plan, planDigest, journal, { state: 'final' }));

describe('an emergency', () => {
  const emergency = (waives: NonNullable<Plan['policy']['emergency']>['waives']) => (plan: Plan) => ({
    change: { ...plan.change, type: 'emergency' as const },
    policy: {
      ...plan.policy,
      emergency: {
        role: 'change-manager',
        waives,
        quorum: plan.policy.approvals.rules,
        reviewWithinMs: 172_800_000,
        blocksNext: true,
      },
    },
  });
  const opened: EntryBody = { type: 'review-opened', dueAt };
  const published: EntryBody = { type: 'record-published', state: 'final', path: 'x.md', digest: 'sha256:x' };
  const closed = (by = { ...dan }): EntryBody => ({
    type: 'review-closed',
    by,
    findings: 'The cache was full.\n## Not a heading',
  });
  const gate = (name: EntryOf<'gate-evaluated'>['gate'], fault?: string): EntryBody => {
    const said = { moment: 'grant', required: 'as ever', found: 'finished long ago', verdict: 'waived' } as const;
    return { type: 'gate-evaluated', gate: name, ...said, ...(fault === undefined ? {} : { fault }) };
  };

  it('is labelled so in its record, its status and its notifications', () => {
    const one = given(emergency(['window']), [opened]);
    const record = recordOf(one);
    expect(record).toMatch(/^# Deployment record: EMERGENCY, shop 1\.4\.2 to production\n/);
    expect(record).toContain(`**EMERGENCY**: policy may waive window; **review open**, due ${dueAt}`);
    expect(record).toContain(`Review due: ${dueAt}, **open**.`);
    const state = stateOf(one.plan, one.journal);
    const identity = { id: 'shop.production.7', workflowId: 'w', number: 7 };
    expect(statusOf(one.plan, one.planDigest, state, identity, null)).toMatchObject({
      type: 'emergency',
      label: 'EMERGENCY',
      review: { dueAt, closed: null },
    });
    expect(notificationFor(one.plan, one.planDigest, state, 'requested').subject).toMatch(/^Requested: EMERGENCY shop/);
    expect(recordOf(good)).not.toContain('EMERGENCY');
  });

  it('is complete once another person has closed its review, not before', () => {
    const change = emergency(['window']);
    expect(completion(given(change).plan, given(change).journal).unsatisfied).toStrictEqual(['no review opened']);
    const open = given(change, [opened], [published]);
    expect(completion(open.plan, open.journal).unsatisfied).toStrictEqual([`review due ${dueAt} is open`]);
    expect(recordOf(open)).not.toContain(completionStatement);

    const done = given(change, [opened], [published, closed(), published]);
    expect(completion(done.plan, done.journal).unsatisfied).toStrictEqual([]);
    const record = recordOf(done);
    expect(record).toContain(completionStatement);
    expect(record).toContain(`closed by Dan Ode (key:dan) ${closedAt} (api, verified): “The cache was full.`);
    expect(record.match(/^## /gm)).toHaveLength(5);

    const own = given(
      (plan) => ({ ...change(plan), change: { ...change(plan).change, authors: ['key:dan'] } }),
      [opened],
      [closed()],
    );
    expect(completion(own.plan, own.journal).unsatisfied).toStrictEqual([
      'review by key:dan, who asked for, wrote or approved the change',
    ]);
    const approver = given(change, [opened], [closed(carol)]);
    expect(completion(approver.plan, approver.journal).unsatisfied).toStrictEqual([
      'review by key:carol, who asked for, wrote or approved the change',
    ]);
    const unproven = given(
      (plan) => ({ ...change(plan), policy: { ...change(plan).policy, messages: { unsigned: 'refuse', key: null } } }),
      [opened],
      [closed({ ...dan, identity: 'asserted' })],
    );
    expect(completion(unproven.plan, unproven.journal).unsatisfied).toStrictEqual(['review by key:dan not verified']);
  });

  it.each([
    ['accepts unsigned messages', 'accept', 'asserted'],
    ['refuses unsigned messages and it is verified', 'refuse', 'verified'],
  ] as const)('is complete by a review where policy %s', (_, unsigned, identity) => {
    const change = emergency(['window']);
    const one = given(
      (plan) => ({ ...change(plan), policy: { ...change(plan).policy, messages: { unsigned, key: null } } }),
      [opened],
      [closed({ ...dan, identity })],
    );
    expect(completion(one.plan, one.journal).unsatisfied).toStrictEqual([]);
  });

  it('shows what was waived as waived, and is complete without it only where the policy waives it', () => {
    const waived = [gate('window'), gate('stage-system', 'too-old'), gate('rollback-checks')];
    const all = given(
      emergency(['window', 'evidence-age', 'rollback-checks', 'quorum']),
      [...waived, opened],
      [closed()],
    );
    expect(completion(all.plan, all.journal).certified).toBe(true);
    const record = recordOf(all);
    expect(record).toContain('10 of 13 required gates passed, 3 waived.');
    expect(record).toMatch(
      /\*\*Waived\*\* by policy .*: Stage system .*Deployment window .*Previous release is there .*Quorum \(1 service-owner, 1 change-manager\): one approval by change-manager instead/,
    );
    expect(record).toMatch(/\| Deployment window \|.*\| \*\*waived\*\* \|/);

    const fewer = given(emergency(['window']), [...waived, opened], [closed()]);
    expect(completion(fewer.plan, fewer.journal).unsatisfied).toStrictEqual([
      'gate stage-system waived',
      'gate rollback-checks waived',
    ]);
    const normal = given(() => ({}), waived);
    expect(completion(normal.plan, normal.journal).unsatisfied).toStrictEqual([
      'gate stage-system waived',
      'gate rollback-checks waived',
      'gate window waived',
    ]);
    const failed = given(emergency(['evidence-age']), [gate('stage-system', 'failed'), opened], [closed()]);
    expect(completion(failed.plan, failed.journal).unsatisfied).toStrictEqual(['gate stage-system waived']);
  });
});

describe('a standard change', () => {
  const approvedBy = [
    { subject: 'key:bob', role: 'service-owner' },
    { subject: 'key:carol', role: 'change-manager' },
  ];
  const standard =
    (standing: object = {}) =>
    (plan: Plan) => ({
      change: { ...plan.change, type: 'standard' as const },
      policy: {
        ...plan.policy,
        standing: { approvedBy, until: '2026-11-23', digest: plan.procedure.digest, ...standing },
      },
    });
  /** Nobody was asked at the start. */
  const unasked = (change: (plan: Plan) => Partial<Plan>) => {
    const { journal, ...rest } = given(change);
    const kept = journal.filter((entry) => entry.type !== 'approval-granted' || entry.gate !== 'start');
    return { ...rest, journal: kept.map((entry, i) => ({ ...entry, seq: i + 1 })) };
  };

  it('is complete by its standing approval, which the record shows', () => {
    const one = unasked(standard());
    expect(completion(one.plan, one.journal).unsatisfied).toStrictEqual([]);
    const record = recordOf(one);
    expect(record).toMatch(
      /\*\*Standing approval\*\* of procedure .* until 2026-11-23 \(UTC, that day included\), by Bob May \(key:bob\) as service-owner \(not requester, not author\); Carol Lind/,
    );
    const without = unasked(() => ({}));
    expect(completion(without.plan, without.journal).unsatisfied).toContain('approval of start incomplete');
  });

  it('is complete by its standing approval where no step asks people', () => {
    const none = (plan: Plan) => ({ ...standard()(plan), steps: plan.steps.filter(({ kind }) => kind !== 'gate') });
    const { plan, journal } = unasked(none);
    const kept = journal
      .filter(({ type }) => type !== 'approval-granted')
      .map((entry, i) => ({ ...entry, seq: i + 1 }));
    expect(completion(plan, kept).unsatisfied).toStrictEqual([]);
  });

  it('is not complete by a standing approval that ended by the first change, or where nothing was changed', () => {
    const { plan, journal } = unasked(standard());
    const late = journal.map((entry) =>
      entry.type === 'step-started' && entry.step === 'start-idle'
        ? { ...entry, at: '2026-11-24T00:00:00.000Z' }
        : entry,
    );
    const ended = 'the standing approval had ended before the first change';
    expect(completion(plan, late).unsatisfied).toStrictEqual([ended]);
    const unchanged = journal.filter(({ type }) => type !== 'step-started');
    expect(completion(plan, unchanged).unsatisfied).toContain(ended);
  });

  it('is no other change that has a standing approval', () => {
    const normal = unasked((plan) => ({ ...standard()(plan), change: { ...plan.change, type: 'normal' } }));
    expect(completion(normal.plan, normal.journal).unsatisfied).toContain(
      'the standing approval is of another procedure',
    );
  });

  it.each([
    ['is of another procedure', { digest: 'sha256:x' }, ['the standing approval is of another procedure']],
    ['had ended', { until: '2026-11-22' }, ['the standing approval had ended before the first change']],
    ['lacks an approver', { approvedBy: approvedBy.slice(1) }, ['approval of start incomplete']],
    [
      'is by somebody without the role',
      { approvedBy: [...approvedBy, { subject: 'key:dan', role: 'service-owner' }] },
      ['standing approval by key:dan, who is no service-owner'],
    ],
    [
      'is by who asked for the change',
      { approvedBy: [...approvedBy, { subject: 'key:alice', role: 'developer' }] },
      ['standing approval by key:alice, who asked for or wrote the change'],
    ],
  ])('is not complete where the approval %s', (_, standing, unsatisfied) => {
    const one = unasked(standard(standing));
    expect(completion(one.plan, one.journal).unsatisfied).toStrictEqual(unsatisfied);
  });
});
