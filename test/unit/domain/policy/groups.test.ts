import { describe, expect, it } from 'vitest';
import { parseWith } from '../../../../src/domain/base/issues.ts';
import { explainPolicy } from '../../../../src/domain/policy/explain/explain.ts';
import { withoutGroups } from '../../../../src/domain/policy/groups.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { peopleOfService } from '../../../../src/domain/policy/roles-for-service.ts';
import { environmentDocument, policyDocument } from '../planning-input.ts';
import { refusalOf } from '../refusal-of.ts';

const people = [
  { subject: 'key:ann', name: 'Ann', roles: ['developer'], aliases: ['github:ann'] },
  { subject: 'key:bob', name: 'Bob', roles: ['service-owner'] },
  { subject: 'key:cem', name: 'Cem', roles: [] },
];
const document = (more: object = {}) => ({
  ...policyDocument(),
  people,
  environments: {
    production: {
      ...environmentDocument(),
      approvals: { expireAfter: '24h', rules: [{ role: 'change-manager', minimum: 1 }] },
      readiness: undefined,
    },
  },
  ...more,
});

const parsed = (more: object = {}) => parseWith(policySchema, document(more), 'invalid-policy');
const groups = {
  payments: { members: ['github:ANN', 'key:cem'] },
  managers: { members: ['key:cem'], roles: ['change-manager'] },
};

const service = (owners: string[], more: object = {}) => ({ shop: { owners, ...more } });

describe('a group', () => {
  it('is resolved once, however many people there are', () => {
    let reads = 0;
    const team = {
      roles: ['developer'],
      get members() {
        reads += 1;
        return ['key:p1', 'key:p2'];
      },
    };
    const many = Array.from({ length: 50 }, (_, i) => ({
      subject: `key:p${i}`,
      name: `Person ${i}`,
      roles: [] as string[],
      aliases: [],
    }));
    const { people: all } = withoutGroups({ people: many, services: {}, groups: { team } });
    expect(all.flatMap(({ subject, roles }) => (roles.includes('developer') ? [subject] : []))).toEqual([
      'key:p1',
      'key:p2',
    ]);
    expect(reads).toBe(1);
  });

  it('gives its roles to its members beside their own, and fills the roles that environments ask for', () => {
    const policy = parsed({ groups });
    expect(policy.people.map(({ subject, roles }) => [subject, roles])).toEqual([
      ['key:ann', ['developer']],
      ['key:bob', ['service-owner']],
      ['key:cem', ['change-manager']],
    ]);
    expect(refusalOf(() => parsed())).toEqual(['invalid-policy /environments/production/approvals/rules/0/role']);
  });

  it('owns and requests a service as each of its members does, once who is named beside it', () => {
    const services = service(['key:bob', 'group:payments', 'key:cem'], { requesters: ['group:managers'] });
    const policy = parsed({ groups, services });
    expect(policy.services['shop']).toMatchObject({
      owners: ['key:bob', 'key:cem', 'key:ann'],
      requesters: ['key:cem'],
    });
    const owners = peopleOfService(policy, 'shop').filter(({ roles }) => roles.includes('service-owner'));
    expect(owners.map(({ subject }) => subject)).toEqual(['key:ann', 'key:bob', 'key:cem']);
  });

  it.each([
    ['a member whom nobody knows', { groups: { x: { members: ['key:zoe'] } } }, '/groups/x/members/0'],
    ['a member by two names', { groups: { x: { members: ['key:ann', 'github:ann'] } } }, '/groups/x/members/1'],
    ['nobody in it', { groups: { x: { members: [] } } }, '/groups/x/members'],
    ['no such name', { groups, services: service(['group:payment']) }, '/services/shop/owners/0'],
    [
      'no such name, as all objects have',
      { groups, services: service(['group:constructor']) },
      '/services/shop/owners/0',
    ],
    [
      'the same name twice',
      { groups, services: service(['group:payments', 'group:payments']) },
      '/services/shop/owners/1',
    ],
    [
      'the name of a person',
      { groups, people: [...people, { subject: 'key:eve', name: 'Eve', roles: [], aliases: ['group:payments'] }] },
      '/people/3',
    ],
  ])('is refused with its place where there is %s', (_what, more, pointer) => {
    expect(refusalOf(() => parsed(more))).toContain(`invalid-policy ${pointer}`);
  });

  it('stands in the explanation of the policy', () => {
    const facts = explainPolicy(parsed({ groups })).map(({ text }) => text);
    expect(facts).toContain('group managers: Cem, who have change-manager');
    expect(facts).toContain('group payments: Ann, Cem');
    expect(facts).toContain('change-manager: Cem');
  });
});
