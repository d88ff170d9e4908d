import { describe, expect, it } from 'vitest';
import {
  approversOf,
  gatesBefore,
  isApproved,
  latestApprovals,
  missingFor,
  rulesOf,
} from '../../../../src/domain/deployment/approvals.ts';
import { excludedFrom } from '../../../../src/domain/deployment/excluded-approvers.ts';
import type { EntryBody } from '../../../../src/domain/journal/entries.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { bob } from '../../../support/journal.ts';
import { digestFilledWith } from '../planning-input.ts';
import { approve, approved, entryOf, plan, planDigest, policy, reject, said, waiting, withdraw } from './said.ts';

const withPolicy = (change: Partial<Plan['policy']>): Plan => ({ ...plan, policy: { ...plan.policy, ...change } });
const given = (subject: string, role: string, gate = 'start') => ({ by: { subject }, role, gate });
const standing = withPolicy({
  standing: {
    approvedBy: [
      { subject: 'key:bob', role: 'service-owner' },
      { subject: 'key:alice', role: 'developer' },
    ],
    until: '2026-12-31',
    digest: plan.procedure.digest,
  },
});

describe('the rules of a gate', () => {
  it('are those of the policy for the start, and of the step for a gate step', () => {
    expect(rulesOf(plan, 'start')).toEqual(plan.policy.approvals.rules);
    expect(rulesOf(plan, 'go')).toEqual([{ role: 'service-owner', minimum: 1 }]);
    expect(rulesOf(plan, 'watch')).toEqual([]);
  });

  it('are not filled by approvals of another gate', () => {
    expect(isApproved(plan, [given('key:bob', 'service-owner', 'go')], 'go')).toBe(true);
    expect(isApproved(plan, [given('key:bob', 'service-owner', 'start')], 'go')).toBe(false);
  });

  it('are filled by a standing approval at the start alone', () => {
    expect(missingFor(standing, [], 'start')).toEqual([{ role: 'change-manager', minimum: 1 }]);
    expect(missingFor(standing, [], 'go')).toEqual([{ role: 'service-owner', minimum: 1 }]);
  });

  it('are filled by as many different people as they name', () => {
    const two = withPolicy({
      approvals: { ...plan.policy.approvals, rules: [{ role: 'service-owner', minimum: 2 }] },
    });
    const [bob, carol] = [given('key:bob', 'service-owner'), given('key:carol', 'service-owner')];
    expect(isApproved(two, [bob, carol], 'start')).toBe(true);
    expect(missingFor(two, [bob, bob], 'start')).toEqual([{ role: 'service-owner', minimum: 1 }]);
  });
});

describe('approvers', () => {
  it('are those of the standing approval and those who approved, without those who may not', () => {
    const approvals = [given('key:carol', 'change-manager'), given('key:ci-shop', 'change-manager')];
    expect(approversOf(standing, approvals)).toEqual([
      { subject: 'key:bob', role: 'service-owner' },
      { subject: 'key:carol', role: 'change-manager' },
    ]);
    expect(approversOf(plan, approvals)).toEqual([{ subject: 'key:carol', role: 'change-manager' }]);
  });

  it('may be anybody but requester, whom it is requested for, and authors, by whatever name', () => {
    const asked = (change: Partial<Plan['change']>) => [
      ...excludedFrom({ ...plan, change: { ...plan.change, ...change } }),
    ];
    expect(asked({ onBehalfOf: null, authors: [] })).toEqual(['key:ci-shop']);
    expect(asked({ onBehalfOf: 'github:bob', authors: [] })).toEqual(['key:ci-shop', 'github:bob', 'key:bob']);
    expect(asked({ onBehalfOf: null, authors: ['github:alice'] })).toEqual([
      'key:ci-shop',
      'github:alice',
      'key:alice',
    ]);
  });
});

describe('gates before a step', () => {
  it('are the start and each gate step before it', () => {
    const [first, second, third] = plan.steps as [Plan['steps'][number], Plan['steps'][number], Plan['steps'][number]];
    const go = plan.steps.find(({ kind }) => kind === 'gate') as Plan['steps'][number];
    const gated = { ...plan, steps: [first, go, second, { ...go, id: 'go-on' }, third] };
    expect(gatesBefore(gated, first.id)).toEqual(['start']);
    expect(gatesBefore(gated, second.id)).toEqual(['start', 'go']);
    expect(gatesBefore(gated, third.id)).toEqual(['start', 'go', 'go-on']);
  });
});

describe('messages as approvals', () => {
  const said = (by: string, more: object = {}) => ({ by, planDigest, gate: 'start', ...more });
  const counted = (...words: Parameters<typeof latestApprovals>[2]) =>
    latestApprovals(plan, planDigest, words).map(({ by, role, gate }) => `${by.subject} ${role} ${gate}`);
  const proof = (roles: string[]) =>
    ({ v: 1, key: '', nonce: '', at: '', roles, signature: '' }) as unknown as NonNullable<
      Parameters<typeof latestApprovals>[2][number]['proof']
    >;

  it('counts for people of the policy, by any of their names', () => {
    expect(counted(said('github:bob'))).toEqual(['key:bob service-owner start']);
    expect(counted(said('key:eve'))).toEqual([]);
  });

  it('counts for its own plan alone', () => {
    expect(counted(said('key:bob', { planDigest: digestFilledWith('0') }))).toEqual([]);
  });

  it('counts for roles that the API vouches for', () => {
    expect(counted(said('key:carol', { proof: proof(['change-manager', 'support']) }))).toEqual([
      'key:carol change-manager start',
    ]);
    expect(counted(said('key:bob', { proof: proof([]) }))).toEqual([]);
  });

  it('do not count from people who may not approve, or in a role that does not count', () => {
    expect(counted(said('key:alice'), said('key:dan'), said('key:bob', { role: 'change-manager' }))).toEqual([]);
  });

  it('count by the last one of each person at each gate', () => {
    const first = said('key:carol', { role: 'service-owner' });
    const last = said('key:carol', { role: 'change-manager' });
    expect(counted(first, last, said('key:carol', { gate: 'go' }))).toEqual([
      'key:carol change-manager start',
      'key:carol service-owner go',
    ]);
  });
});

describe('an approval', () => {
  it('is withdrawn at the gate that it was given for', () => {
    const entries = [approved(bob, 'go')];
    expect(said('awaiting-approval', bob, withdraw('start'), { entries })).toMatchObject({ code: 'not-waiting' });
  });

  it('of a gate step is taken while the deployment waits at that gate', () => {
    const at = (...entries: EntryBody[]) => said('executing', bob, approve('go'), { entries });
    expect(at(waiting('gate', 'go')).kind).toBe('accepted');
    expect(at(waiting('hold', 'go'))).toMatchObject({ code: 'not-waiting' });
    expect(at(waiting('gate', 'go-on'))).toMatchObject({ code: 'not-waiting' });
  });

  it('of a gate that the plan does not have is refused for that', () => {
    expect(said('executing', bob, approve('gone'))).toMatchObject({
      detail: expect.stringContaining('There is no gate gone.'),
    });
  });

  it('of a gate step is accepted from a person who approved the start', () => {
    const entries = [approved(bob, 'start'), waiting('gate', 'go')];
    expect(said('executing', bob, approve('go'), { entries }).kind).toBe('accepted');
  });

  it('of the start is not taken any more once the steps are carried out', () => {
    expect(said('executing', bob, approve())).toMatchObject({ code: 'not-waiting' });
  });

  it('that is repeated is answered with the other gates that wait, and nothing else', () => {
    const entries = [approved(bob, 'go'), waiting('gate', 'go'), waiting('hold', 'watch'), waiting('gate', 'go-on')];
    expect(said('executing', bob, approve('go'), { entries })).toMatchObject({
      code: 'already-approved',
      detail: 'key:bob has approved go already. Gate go-on waits for approval: name it, with "gate": "go-on".',
    });
  });

  it('may be followed by a rejection of the same person', () => {
    expect(entryOf('awaiting-approval', bob, reject(), { entries: [approved(bob, 'start')] })).toMatchObject({
      type: 'rejected',
    });
  });

  it('bears the statement of who gave it', () => {
    expect(entryOf('awaiting-approval', bob, approve('start', { statement: 'seen' }))).toMatchObject({
      statement: 'seen',
    });
    expect(entryOf('awaiting-approval', bob, approve())).not.toHaveProperty('statement');
  });

  it('is not requested at the start where one stands, but at its gate steps', () => {
    const standing = { approvedBy: [], until: '2026-12-31', digest: plan.procedure.digest };
    expect(said('awaiting-approval', bob, approve(), policy({ standing }))).toMatchObject({ code: 'not-waiting' });
    expect(said('awaiting-approval', bob, reject(), policy({ standing })).kind).toBe('accepted');
    const entries = [waiting('gate', 'go')];
    expect(said('executing', bob, approve('go'), { entries, ...policy({ standing }) }).kind).toBe('accepted');
  });
});

it('rejected once ends the deployment', () => {
  expect(said('awaiting-approval', bob, reject())).toMatchObject({
    stops: { kind: 'rejected', summary: 'rejected by Bob May' },
  });
  expect(said('awaiting-approval', bob, reject({ reason: 'late' }))).toMatchObject({
    stops: { kind: 'rejected', summary: 'rejected by Bob May: late' },
  });
  expect(said('awaiting-approval', bob, approve())).not.toHaveProperty('stops');
});
