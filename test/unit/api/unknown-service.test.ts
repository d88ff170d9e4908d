import { describe, expect, it } from 'vitest';
import type { ApiDeps } from '../../../src/api/deps.ts';
import { freeze } from '../../../src/api/planning.ts';
import { planningInput, policyDocument, requestDocument } from '../domain/planning-input.ts';

/** Of a request for `service`, where somebody has adopted `adopted`. */
function planned(service: string, rules: object, adopted: readonly string[] = []) {
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
const named = { services: { shop: { owners: ['key:bob'] }, bank: { owners: ['key:bob'] } } };

describe('a service that the policy does not name', () => {
  it('is refused with those that it names, until somebody has adopted it in that environment', async () => {
    expect(await planned('shop', named)).toBe('planned');
    const refusal = await planned('shpo', named, ['shpo/staging']);
    expect(refusal).toMatch(
      /^unknown-service \/service The policy names shop, bank, and nobody has adopted shpo in production/,
    );
    expect(await planned('shpo', named, ['shpo/production'])).toBe('planned');
  });

  it('is taken where the policy names none or says so, and refused where it says that', async () => {
    expect(await planned('shpo', {})).toBe('planned');
    expect(await planned('shpo', { ...named, unknownServices: 'accept' })).toBe('planned');
    expect(await planned('shpo', { unknownServices: 'refuse' })).toMatch(/^unknown-service .*names none/);
  });
});
