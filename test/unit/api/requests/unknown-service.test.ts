import { describe, expect, it } from 'vitest';
import type { ApiDeps } from '../../../../src/api/deps.ts';
import { freeze } from '../../../../src/api/requests/freeze.ts';
import { checkMayBeAdopted } from '../../../../src/api/requests/known-service.ts';
import type { TargetName } from '../../../../src/domain/base/ids.ts';
import { planningInput, policyDocument, requestDocument } from '../../domain/planning-input.ts';

const nameOf = ({ service, environment }: TargetName) => `${service}/${environment}`;

/** Of a request for `service`, where somebody has adopted `adopted`, of which the store does not know of `unstored` yet. */
function planned(service: string, rules: object, adopted: readonly string[] = [], unstored: readonly string[] = []) {
  const input = planningInput({
    policy: { ...policyDocument(), ...rules },
    request: { ...requestDocument(), service },
  });
  const deps: unknown = {
    store: {
      evidenceOf: async () => input.evidence,
      target: async (name: string, environment: string) => (adopted.includes(`${name}/${environment}`) ? {} : null),
    },
    policy: { read: async () => ({ policy: input.policy, digest: input.policyDigest }) },
    gateway: { hasTarget: async (target: TargetName) => unstored.includes(nameOf(target)) },
    procedures: {
      find: async () => ({ document: input.procedure, digest: input.procedureDigest, files: input.files }),
    },
    catalog: input.catalog,
    signingKeys: null,
    now: () => input.now,
  };
  return freeze(deps as ApiDeps, input.request, input.requester).then(
    () => 'planned',
    ({ code, message, pointer }: { readonly code: string; readonly message: string; readonly pointer: string }) =>
      `${code} ${pointer} ${message}`,
  );
}
/** What becomes of its adoption in production. */
function adopting(service: string, rules: object, adopted: readonly string[] = []) {
  const { policy } = planningInput({ policy: { ...policyDocument(), ...rules } });
  const deps: unknown = {
    store: { target: async (name: string, at: string) => (adopted.includes(`${name}/${at}`) ? {} : null) },
    gateway: { hasTarget: async () => false },
    policy: { read: async () => ({ policy }) },
  };
  return checkMayBeAdopted(deps as ApiDeps, { service, environment: 'production' }, {}).then(
    () => 'adopted',
    ({ code }: { readonly code: string }) => code,
  );
}
const named = { services: { shop: { owners: ['key:bob'] }, bank: { owners: ['key:bob'] } } };

describe('a service that the policy does not name', () => {
  it('is refused with those that it names, until it is adopted in that environment', async () => {
    expect(await planned('shop', named)).toBe('planned');
    const refusal = await planned('shpo', named, ['shpo/staging']);
    expect(refusal).toMatch(
      /^unknown-service \/service The policy names shop, bank, and nobody has adopted shpo in production/,
    );
    expect(await planned('shpo', named, ['shpo/production'])).toBe('planned');
  });

  it('is taken also in the moment before the store has its adoption', async () => {
    expect(await planned('shpo', named, [], ['shpo/staging'])).toMatch(/^unknown-service/);
    expect(await planned('shpo', named, [], ['shpo/production'])).toBe('planned');
  });

  it('is taken where the policy names none or accepts any, and refused where it requires names', async () => {
    expect(await planned('shpo', {})).toBe('planned');
    expect(await planned('shpo', { ...named, unknownServices: 'accept' })).toBe('planned');
    expect(await planned('shpo', { unknownServices: 'refuse' })).toMatch(/^unknown-service .*names none/);
  });

  it('is adopted where the policy takes any, where it was before, and otherwise only where the request accepts it', async () => {
    expect(await adopting('shop', named)).toBe('adopted');
    expect(await adopting('shpo', named, ['shpo/staging'])).toBe('unknown-service');
    expect(await adopting('shpo', named, ['shpo/production'])).toBe('adopted');
    expect(await adopting('shpo', {})).toBe('adopted');
    expect(await adopting('shpo', { ...named, unknownServices: 'accept' })).toBe('adopted');
    expect(await adopting('shpo', { unknownServices: 'refuse' })).toBe('unknown-service');
  });
});
