import { describe, expect, it } from 'vitest';
import { GantryError } from '../../../../src/domain/base/errors.ts';
import { approversOf, isApproved } from '../../../../src/domain/deployment/approvals.ts';
import { decide } from '../../../../src/domain/deployment/decide-message.ts';
import { startExpiry } from '../../../../src/domain/deployment/start-expiry.ts';
import { initialState } from '../../../../src/domain/deployment/state.ts';
import { standingFault } from '../../../../src/domain/plan/standing-approval-still-stands.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { fillRules } from '../../../../src/domain/policy/quorum.ts';
import { standingEndMs, standingFor, standingGaps } from '../../../../src/domain/policy/standing-approvals.ts';
import { bob } from '../../../support/journal.ts';
import {
  digestFilledWith,
  environmentDocument,
  planningInput,
  policyDocument,
  requestDocument,
} from '../planning-input.ts';
import { refusalInWords } from '../refusal-of.ts';

const ofThis = {
  service: 'shop',
  procedure: 'shop-blue-green',
  digest: digestFilledWith('c'),
  approvedBy: ['key:bob', 'key:carol'],
  until: '2026-11-23',
};

const policyWith = (
  standing: object,
  people: (all: ReturnType<typeof policyDocument>['people']) => unknown = (all) => all,
) => ({
  ...policyDocument(),
  people: people(policyDocument().people),
  environments: { production: { ...environmentDocument(), standard: [{ ...ofThis, ...standing }] } },
});

const standard = (change: object = {}) => ({
  ...requestDocument(),
  change: { ...requestDocument().change, type: 'standard', ...change },
});

const inputWith = (standing: object = {}, change: object = {}) =>
  planningInput({ policy: policyWith(standing), request: standard(change) });
const refusal = (act: () => unknown) => {
  try {
    act();
    return null;
  } catch (error) {
    return error instanceof GantryError ? [error.code, error.pointer, error.message] : error;
  }
};

describe('a standard change', () => {
  it('goes by the standing approval of its service and procedure digest, without another one', () => {
    const { plan } = freezePlan(inputWith());
    const approvedBy = [
      { subject: 'key:bob', role: 'service-owner' },
      { subject: 'key:carol', role: 'change-manager' },
    ];
    expect(plan.policy.standing).toStrictEqual({ approvedBy, until: '2026-11-23', digest: digestFilledWith('c') });
    expect(isApproved(plan, [], 'start')).toBe(true);
    expect(isApproved(plan, [], 'go')).toBe(false);
    expect(approversOf(plan, [])).toStrictEqual(approvedBy);
    expect(startExpiry(plan, '2026-11-23T09:00:00.000Z')).toBe('2026-11-24T00:00:00.000Z');
  });

  it('waits as long as window and target may last, not as long as approvals count, and never past its end', () => {
    const requestedAt = '2026-11-23T09:00:00.000Z';
    const expiry = (until: string, limits: object = {}) => {
      const policy = policyWith({ until });
      const production = { ...policy.environments.production, limits };
      const { plan } = freezePlan(
        planningInput({ policy: { ...policy, environments: { production } }, request: standard() }),
      );
      const before = plan.maxDurationMs - normalOf({ ...policy, environments: { production } }).maxDurationMs;
      return [startExpiry(plan, requestedAt), before / 3_600_000];
    };
    const normalOf = (policy: object) => freezePlan(planningInput({ policy })).plan;
    // By default 7 days for the window and one for the target; an approval counts for 24 h.
    expect(expiry('2026-12-31')).toEqual(['2026-12-01T09:00:00.000Z', 6 * 24]);
    expect(expiry('2026-12-31', { window: '2h', target: '1h' })).toEqual(['2026-11-23T12:00:00.000Z', 2 - 24]);
    expect(expiry('2026-11-30')[0]).toBe('2026-12-01T00:00:00.000Z');
    expect(expiry('2026-11-25')[0]).toBe('2026-11-26T00:00:00.000Z');
    expect(startExpiry(normalOf(policyWith({})), requestedAt)).toBe('2026-11-24T09:00:00.000Z');
  });

  it('takes no approval beside it, but a rejection', () => {
    const { plan, planDigest } = freezePlan(inputWith());
    const context = { plan, planDigest, state: initialState(plan), actor: bob };
    const argument = { by: bob.subject, planDigest, gate: 'start' };
    expect(decide(context, { name: 'approve', argument })).toMatchObject({ kind: 'refused', code: 'not-waiting' });
    expect(decide(context, { name: 'reject', argument })).toMatchObject({ kind: 'accepted' });
  });

  it.each([
    ['there is none of the service', { service: 'cart' }, {}, /has no standing approval of shop-blue-green for shop/],
    ['there is none of the procedure', { procedure: 'other' }, {}, /has no standing approval/],
    ['it is of another digest', { digest: digestFilledWith('d') }, {}, /is of sha256:d+; this is sha256:c+/],
    ['it has ended', { until: '2026-11-22' }, {}, /ended with 2026-11-22/],
    ['an approver wrote the change', {}, { authors: ['github:bob'] }, /do not fill the approval rules/],
    ['it is requested for an approver', {}, { onBehalfOf: 'key:carol' }, /do not fill the approval rules/],
  ])('is refused where %s', (_, standing, change, message) => {
    const [code, pointer, said] = refusal(() => freezePlan(inputWith(standing, change))) as string[];
    expect([code, pointer]).toStrictEqual(['policy-not-met', '/change/type']);
    expect(said).toMatch(message);
  });

  it('is refused where the policy knows no standing approvals at all', () => {
    expect(refusal(() => freezePlan(planningInput({ request: standard() })))).toMatchObject([
      'policy-not-met',
      '/change/type',
      {},
    ]);
  });

  it('may be requested through the end of the last day, in UTC', () => {
    const last = Date.parse('2026-11-23T23:59:59.999Z');
    expect(refusal(() => freezePlan({ ...inputWith(), now: last }))).toBeNull();
    expect(refusal(() => freezePlan({ ...inputWith(), now: last + 1 }))).not.toBeNull();
    expect(standingEndMs(ofThis)).toBe(last + 1);
  });
});

describe('a standing approval in a policy', () => {
  it.each([
    ['until no day', { until: '2026-02-30' }, ['until']],
    ['of no digest', { digest: 'latest' }, ['digest']],
  ])('is refused %s', (_, standing, path) => {
    const { error } = policySchema.safeParse(policyWith(standing));
    expect(error?.issues.map((issue) => issue.path)).toStrictEqual([
      ['environments', 'production', 'standard', 0, ...path],
    ]);
  });

  const gapsOf = (approvedBy: string[]) => {
    const { people, environments } = inputWith().policy;
    return standingGaps({ approvedBy }, environments['production']?.approvals.rules ?? [], people);
  };

  it.each([
    ['by somebody unknown', 'key:eve'],
    ['by a robot', 'key:ci-shop'],
    ['by somebody who fits no rule', 'key:dan'],
  ])('counts without what it has %s', (_, uncounted) => {
    const approvedBy = ['key:bob', uncounted, 'key:carol'];
    expect(gapsOf(approvedBy)).toStrictEqual({ uncounted: [uncounted], isFilled: true });
    const { standing } = freezePlan(inputWith({ approvedBy })).plan.policy;
    expect(standing?.approvedBy.map(({ subject }) => subject)).toStrictEqual(['key:bob', 'key:carol']);
  });

  it.each([
    ['by somebody unknown', ['key:bob', 'key:eve'], 'without key:eve, whose approval counts for nothing, '],
    ['by too few', ['key:carol'], ''],
    ['by people of one role', ['key:bob', 'key:dan'], 'without key:dan, whose approval counts for nothing, '],
  ])('approves nothing %s', (_, approvedBy, without) => {
    expect(gapsOf(approvedBy).isFilled).toBe(false);
    expect(refusal(() => freezePlan(inputWith({ approvedBy })))).toStrictEqual([
      'policy-not-met',
      '/change/type',
      `/change/type: ${without}the approvers of shop-blue-green for shop do not fill the approval rules; request a normal change`,
    ]);
  });

  it('stands by another one of the same procedure where the first counts no more', () => {
    const environment = { ...environmentDocument(), standard: [{ ...ofThis, approvedBy: ['key:eve'] }, ofThis] };
    const policy = { ...policyDocument(), environments: { production: environment } };
    const { plan } = freezePlan(planningInput({ policy, request: standard() }));
    expect(plan.policy.standing?.approvedBy).toHaveLength(2);
  });

  it('has one seat for one person, however they are listed', () => {
    const rules = [
      { role: 'a', minimum: 1 },
      { role: 'b', minimum: 1 },
    ];
    const both = { subject: 'key:1', roles: ['a', 'b'] };
    const one = { subject: 'key:2', roles: ['a'] };
    for (const people of [
      [both, one],
      [one, both],
    ])
      expect(fillRules(rules, people)?.toSorted((x, y) => x.role.localeCompare(y.role))).toStrictEqual([
        { subject: 'key:2', role: 'a' },
        { subject: 'key:1', role: 'b' },
      ]);
    expect(fillRules(rules, [both])).toBeNull();
    expect(fillRules(rules, [both, one, { subject: 'key:3', roles: ['b'] }])).toHaveLength(3);
    // Somebody with no role that counts has approved nothing, whatever the others fill.
    expect(fillRules(rules, [both, one, { subject: 'key:3', roles: ['c'] }])).toBeNull();
  });
});

describe('a standing approval, evaluated again', () => {
  const { plan } = freezePlan(inputWith());
  const now = Date.parse('2026-11-23T09:00:00.000Z');
  const policy = (...args: Parameters<typeof policyWith>) => policySchema.parse(policyWith(...args));

  it('stands as long as its policy does', () => {
    expect(standingFault(plan, policy({}), now)).toBeNull();
    expect(standingFault(freezePlan(planningInput()).plan, policy({}), now)).toBeNull();
  });

  it.each([
    ['ended', policy({}), now + 86_400_000, 'expired', /ended with 2026-11-23/],
    ['was shortened', policy({ until: '2026-11-22' }), now, 'rejected', /the policy has ended it/],
    ['was taken away', policySchema.parse(policyDocument()), now, 'rejected', /the policy no longer has it/],
    ['is of another digest now', policy({ digest: digestFilledWith('d') }), now, 'rejected', /no longer has it/],
    [
      'has lost an approver',
      policy({}, (all) => all.filter((one) => one.subject !== 'key:bob')),
      now,
      'rejected',
      /key:bob approved as service-owner and is no longer in the policy/,
    ],
    [
      'has an approver who lost the role',
      policy({}, (all) => all.map((one) => (one.subject === 'key:bob' ? { ...one, roles: [] } : one))),
      now,
      'rejected',
      /key:bob approved as service-owner and no longer has that role/,
    ],
  ])('does not where it %s', (_, is, at, kind, summary) => {
    const fault = standingFault(plan, is, at);
    expect(fault?.kind).toBe(kind);
    expect(fault?.summary).toMatch(summary);
  });
});

describe('a standing approval', () => {
  const owned = (...owners: string[]) => ({ ...policyWith({}), services: { shop: { owners } } });
  const now = Date.parse('2026-11-23T09:00:00.000Z');
  const { plan } = freezePlan(inputWith());
  const policy = policySchema.parse(policyWith({}));

  it('is by owners of its own service, when it is requested and when the target is granted', () => {
    const asked = (...owners: string[]) => freezePlan(planningInput({ policy: owned(...owners), request: standard() }));
    expect(asked('key:bob').plan.policy.standing?.approvedBy).toHaveLength(2);
    expect(() => asked('key:carol')).toThrow('without key:bob, whose approval counts for nothing, the approvers of');
    expect(standingFault(plan, policy, now)).toBeNull();
    const later = { ...policy, services: { shop: { owners: ['key:carol'] } } };
    expect(standingFault(plan, later, now)).toMatchObject({ kind: 'rejected' });
  });

  it('ends with its own entry, even if another one of the same procedure goes on', () => {
    const production = policy.environments['production'] as (typeof policy.environments)[string];
    const with2 = (until: string) => {
      const standard = [
        { ...ofThis, until },
        { ...ofThis, approvedBy: ['key:dan'], until: '2027-01-01' },
      ];
      return { ...policy, environments: { production: { ...production, standard } } };
    };
    expect(standingFault(plan, with2('2026-11-23'), now)).toBeNull();
    expect(standingFault(plan, with2('2026-11-22'), now)?.summary).toContain('the policy has ended it');
  });
});

it('the refusal of a standing approval names the author of the change where the author is one of its approvers', () => {
  const { people } = policySchema.parse(policyDocument());
  const rules = [
    { role: 'service-owner', minimum: 1 },
    { role: 'change-manager', minimum: 1 },
  ];
  const given = (approvedBy: string[]) => {
    const asked = { service: 'shop', procedure: 'p', digest: 'd', excluded: new Set(['key:bob']), now: 0 };
    const one = { service: 'shop', procedure: 'p', digest: 'd', approvedBy, until: '2026-12-31' };
    return refusalInWords(() => standingFor(asked, [one], rules, people)).join();
  };
  expect(given(['key:bob', 'key:carol'])).toMatch(/: without those who requested or wrote this change, the approvers/);
  expect(given(['key:carol'])).toMatch(/: the approvers of p for shop do not fill the approval rules/);
});
