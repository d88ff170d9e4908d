import { describe, expect, it } from 'vitest';
import { mayFreezeSomething, unmetFreezeDemand, whoMayFreeze } from '../../../../src/domain/policy/freeze-authority.ts';
import {
  beginningOf,
  type Freeze,
  type FreezeScope,
  freezeState,
  isFrozenBy,
  reachOf,
} from '../../../../src/domain/policy/freezes.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { environmentDocument, policyDocument } from '../planning-input.ts';

const now = Date.parse('2026-11-23T09:00:00.000Z');
const at = (ms: number) => new Date(now + ms).toISOString();
const freeze: Freeze = {
  id: 'f-1',
  scope: { kind: 'everything' },
  reason: 'holidays',
  from: at(-1_000),
  until: null,
  createdAt: at(-2_000),
  createdBy: 'key:carol',
  lifted: null,
};

describe('a freeze', () => {
  it('holds from its beginning, that instant included, until its end, that instant left out', () => {
    expect(freezeState({ ...freeze, from: at(1) }, now)).toBe('announced');
    expect(freezeState({ ...freeze, from: at(0) }, now)).toBe('active');
    expect(freezeState({ ...freeze, until: at(1) }, now)).toBe('active');
    expect(freezeState({ ...freeze, until: at(0) }, now)).toBe('over');
    expect(freezeState(freeze, now + 1e12)).toBe('active');
  });

  it('that was lifted holds no more, whatever its times are', () => {
    const lifted = { at: at(-500), by: 'key:carol', reason: 'done' };
    expect(freezeState({ ...freeze, lifted }, now)).toBe('lifted');
  });

  it('that was to hold at once has no beginning, since clocks differ', () => {
    expect(beginningOf({ from: at(0), createdAt: at(0) })).toBe(Number.NEGATIVE_INFINITY);
    expect(beginningOf({ from: at(0), createdAt: at(1) })).toBe(Number.NEGATIVE_INFINITY);
    expect(beginningOf({ from: at(1), createdAt: at(0) })).toBe(now + 1);
  });
});

const scopes = {
  everything: { kind: 'everything' },
  service: { kind: 'service', service: 'shop' },
  environment: { kind: 'environment', environment: 'production' },
  target: { kind: 'target', service: 'shop', environment: 'production' },
} as const satisfies Record<string, FreezeScope>;

describe('the scope of a freeze', () => {
  const known = [
    { service: 'shop', environment: 'staging' },
    { service: 'shop', environment: 'production' },
    { service: 'search', environment: 'production' },
  ];

  it.each([
    ['everything', ['search/production', 'shop/production', 'shop/staging']],
    ['service', ['shop/production', 'shop/staging']],
    ['environment', ['search/production', 'shop/production']],
    ['target', ['shop/production']],
  ] as const)('%s holds back its own targets and no others', (kind, targets) => {
    expect(reachOf(scopes[kind], known)).toEqual({ targets });
    const held = known.filter((target) => isFrozenBy(scopes[kind], target));
    expect(held.map(({ service, environment }) => `${service}/${environment}`).toSorted()).toEqual(targets);
  });

  it('that reaches no known target is answered with a note', () => {
    expect(reachOf(scopes.target, [])).toEqual({
      targets: [],
      note: 'No target of shop in production is known yet: this holds back what is to come. Was another name meant?',
    });
    expect(reachOf(scopes.everything, []).note).toContain('No target is known yet');
  });
});

describe('who may freeze', () => {
  const environment = (operators: string[]) => ({ ...environmentDocument(), operators });
  const environments = { production: environment(['change-manager']), staging: environment(['support']) };
  const policy = policySchema.parse({ ...policyDocument(), environments });
  const who = (scope: FreezeScope, of = policy) => whoMayFreeze(of, scope).map(({ subject }) => subject);

  it('holds an operator role of the environment, or of each of them where all are stopped', () => {
    expect(who(scopes.environment)).toEqual(['key:carol']);
    expect(who({ kind: 'environment', environment: 'staging' })).toEqual(['key:dan']);
    expect(who(scopes.everything)).toEqual([]);
    expect(unmetFreezeDemand(policy, 'key:carol', scopes.everything)).toEqual({
      environment: 'staging',
      roles: ['support'],
    });
    expect(unmetFreezeDemand(policy, 'key:carol', scopes.environment)).toBeNull();
    expect(unmetFreezeDemand(policy, 'key:gone', scopes.environment)).toMatchObject({ environment: 'production' });
  });

  it('holds one of every environment where the policy knows none of that name', () => {
    expect(who({ kind: 'environment', environment: 'gone' })).toEqual([]);
    expect(who({ kind: 'environment', environment: 'constructor' })).toEqual([]);
  });

  it('needs one of several roles, not all', () => {
    const either = { ...policyDocument(), environments: { production: environment(['change-manager', 'support']) } };
    expect(who(scopes.environment, policySchema.parse(either))).toEqual(['key:carol', 'key:dan']);
  });

  it('may be the owner of the service, for that service alone', () => {
    const owned = policySchema.parse({
      ...policyDocument(),
      services: { shop: { owners: ['key:alice'] }, search: { owners: ['key:bob'] } },
      environments: { production: environment(['service-owner']) },
    });
    expect(who(scopes.service, owned)).toEqual(['key:alice']);
    expect(who(scopes.target, owned)).toEqual(['key:alice']);
    expect(who(scopes.environment, owned)).toEqual(['key:bob', 'key:carol']);
  });

  it('may freeze something with one demand that is met, also as owner of one service', () => {
    const owned = policySchema.parse({
      ...policyDocument(),
      services: { search: { owners: ['key:bob'] }, shop: { owners: ['key:alice'] } },
      environments: { production: environment(['service-owner']), staging: environment(['support']) },
    });
    const may = (subject: string, of = owned) => mayFreezeSomething(of, subject);
    expect(['key:alice', 'key:carol', 'key:dan', 'key:gone'].map((subject) => may(subject))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(may('key:alice', policy)).toBe(false);
  });
});
