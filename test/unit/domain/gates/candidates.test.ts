import { describe, expect, it } from 'vitest';
import { whoCouldLift, whoCouldRequest } from '../../../../src/domain/gates/candidates.ts';
import type { Freeze } from '../../../../src/domain/policy/freezes-by-people.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import type { WindowFinding } from '../../../../src/domain/policy/windows-schema.ts';
import { environmentDocument, policyDocument } from '../planning-input.ts';

const now = Date.parse('2026-11-23T09:00:00.000Z');
const at = (ms: number) => new Date(now + ms).toISOString();

describe('who could request a deployment', () => {
  const robots = [
    ...policyDocument().robots,
    { subject: 'key:ci-search', name: 'CI of search', may: ['request'], services: ['search'] },
    { subject: 'key:audit', name: 'Audit', may: ['submit-evidence'] },
  ];
  const who = (services: object, service = 'shop') =>
    whoCouldRequest(policySchema.parse({ ...policyDocument(), robots, services }), service).map(
      ({ subject, role }) => `${subject} ${role}`,
    );

  it('is everybody, and each pipeline that requests for this service', () => {
    const people = ['key:alice', 'key:bob', 'key:carol', 'key:dan'];
    expect(who({})).toEqual([...people, 'key:ci-shop'].map((subject) => `${subject} request`));
    expect(who({ shop: { owners: ['key:bob'] } }, 'constructor')).toEqual(
      [...people, 'key:ci-shop'].map((subject) => `${subject} request`),
    );
  });

  it('is, of people, those whom the service names, by any of their names', () => {
    const services = { shop: { owners: ['key:bob'], requesters: ['github:alice', 'key:dan'] } };
    expect(who(services)).toEqual(['key:alice request', 'key:dan request', 'key:ci-shop request']);
  });
});

describe('who could lift the freezes that hold a window closed', () => {
  const environment = (operators: string[]) => ({ ...environmentDocument(), operators });
  const policy = policySchema.parse({
    ...policyDocument(),
    environments: { production: environment(['change-manager', 'support']), staging: environment(['support']) },
  });
  const freeze: Freeze = {
    id: 'f-1',
    scope: { kind: 'environment', environment: 'production' },
    reason: 'holidays',
    from: at(-2_000),
    until: null,
    createdAt: at(-1_000),
    createdBy: 'key:carol',
    lifted: null,
  };
  const closed: WindowFinding = {
    open: false,
    fault: 'frozen',
    why: 'frozen',
    opensAt: null,
    closesAt: null,
    required: 'no freeze',
  };
  const who = (freezes: readonly Freeze[], window: WindowFinding = closed, environment = 'production') =>
    whoCouldLift(policy, { service: 'shop', environment }, { freezes, window, now }).map(
      ({ subject, role }) => `${subject} ${role}`,
    );

  it('is each person once who holds an operator role, however many freezes there are', () => {
    expect(who([freeze, { ...freeze, id: 'f-2' }])).toEqual(['key:carol change-manager', 'key:dan support']);
    expect(who([{ ...freeze, scope: { kind: 'everything' } }])).toEqual(['key:dan support']);
  });

  it('is nobody without an operator role of the target itself', () => {
    const other = policySchema.parse({
      ...policyDocument(),
      environments: { production: environment(['change-manager']), staging: environment(['support']) },
    });
    const freezes = [{ ...freeze, scope: { kind: 'environment', environment: 'staging' } as const }];
    expect(
      whoCouldLift(other, { service: 'shop', environment: 'production' }, { freezes, window: closed, now }),
    ).toEqual([]);
  });

  it('is nobody where the window is open, or the policy does not know the environment', () => {
    expect(who([freeze], { open: true, why: 'open', closesAt: null, required: 'no freeze' })).toEqual([]);
    expect(who([freeze], closed, 'gone')).toEqual([]);
  });

  it('is nobody for freezes that do not hold', () => {
    expect(
      who([
        { ...freeze, lifted: { at: at(0), by: 'key:carol', reason: 'x' } },
        { ...freeze, until: at(-1) },
      ]),
    ).toEqual([]);
    expect(who([{ ...freeze, from: at(60_000) }])).toEqual([]);
  });

  it('is asked for the freeze, too, that begins too soon to be done before', () => {
    const soon = { ...freeze, from: at(60_000) };
    const short: WindowFinding = { ...closed, fault: 'no-runway', closesAt: soon.from };
    expect(who([soon], short)).toEqual(['key:carol change-manager', 'key:dan support']);
    expect(who([{ ...soon, from: at(90_000) }], short)).toEqual([]);
    expect(who([soon], { ...short, fault: 'frozen' })).toEqual([]);
  });
});
