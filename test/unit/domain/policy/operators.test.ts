import { describe, expect, it } from 'vitest';
import type { FreezeScope } from '../../../../src/domain/policy/freezes-by-people.ts';
import {
  mayFreezeSomething,
  operatorRoles,
  operatorsOf,
  unmetFreezeDemand,
  whoMayFreeze,
} from '../../../../src/domain/policy/operators.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { environmentDocument, policyDocument } from '../planning-input.ts';
import { scopes } from './freeze-scopes.ts';

describe('who may adopt and resolve', () => {
  const { operators: _, ...rules } = policySchema.parse(policyDocument()).environments['production'] ?? {};
  const shop = { service: 'shop', environment: 'production' };
  const named = policySchema.parse({
    ...policyDocument(),
    environments: { production: { ...environmentDocument(), operators: ['support', 'change-manager'] } },
  });

  it('has one of the roles of `operators`; without these, of the approval rules', () => {
    expect(operatorRoles(rules as Parameters<typeof operatorRoles>[0])).toEqual(['service-owner', 'change-manager']);
    expect(operatorsOf(named, shop, 'key:dan').roles).toEqual(['support', 'change-manager']);
    expect(operatorsOf(named, shop, 'key:dan').person?.subject).toBe('key:dan');
    expect(operatorsOf(named, shop, 'key:carol').person?.subject).toBe('key:carol');
    expect(operatorsOf(named, shop, 'key:bob').person).toBeNull();
    expect(operatorsOf(named, shop, 'key:gone').person).toBeNull();
  });

  it('is nobody in an environment that the policy does not name', () => {
    const nowhere = operatorsOf(named, { service: 'shop', environment: 'nowhere' }, 'key:dan');
    expect(nowhere).toEqual({ roles: [], person: null });
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
