import { describe, expect, it } from 'vitest';
import { excludedFrom } from '../../../../src/domain/deployment/excluded-approvers.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { planningInput, policyDocument, procedureDocument, requestDocument } from '../planning-input.ts';
import { refusalOf } from '../refusal-of.ts';

type Document = Record<string, unknown>;

const withServices = (services: Document, more: Document = {}) => ({ ...policyDocument(), services, ...more });

describe('a request for a service', () => {
  const rules = { owners: ['key:bob'], requesters: ['github:alice'], procedures: ['shop-blue-green'] };
  const asked = (more: { policy?: Document; request?: Document; requester?: string }) => {
    const request = { ...requestDocument(), ...more.request };
    const input = planningInput({ policy: more.policy ?? withServices({ shop: rules }), request });
    const subject = more.requester ?? 'key:ci-shop';
    return refusalOf(() => freezePlan({ ...input, requester: { subject, name: subject } }));
  };
  const robots = (services: string[]) => [{ subject: 'key:ci-shop', name: 'CI', may: ['request'], services }];
  const onBehalfOf = (subject: string) => ({
    change: { ...(requestDocument().change as object), onBehalfOf: subject },
  });

  it('is taken from its requesters, and from a robot on behalf of one', () => {
    expect(asked({ requester: 'key:alice' })).toEqual([]);
    expect(asked({})).toEqual([]);
    expect(asked({ policy: withServices({ shop: rules }, { robots: robots(['shop']) }) })).toEqual([]);
  });

  it('is refused from anybody else, and from a robot of other services', () => {
    expect(asked({ requester: 'key:bob' })).toEqual(['forbidden /service']);
    expect(asked({ request: onBehalfOf('key:bob') })).toEqual(['forbidden /change/onBehalfOf']);
    expect(asked({ policy: withServices({}, { robots: robots(['search']) }) })).toEqual(['forbidden /service']);
  });

  it('is refused with another procedure, and with a document whatever it calls itself', () => {
    expect(asked({ request: { procedure: 'shop-rolling' } })).toEqual(['policy-not-met /procedure']);
    const policy = withServices({ shop: rules });
    const inline = { ...(policy.environments['production'] as object), procedures: { inline: true } };
    const request = { procedure: { ...procedureDocument(), files: [] } };
    expect(asked({ policy: { ...policy, environments: { production: inline } }, request })).toEqual([
      'policy-not-met /procedure',
    ]);
  });
});

describe('an author whom the policy does not know', () => {
  const change = { ...(requestDocument().change as object), authors: ['github:alice', 'github:eve'] };
  const plan = (more: Document, other: Document = {}) =>
    freezePlan(
      planningInput({
        policy: withServices({}, more),
        request: { ...requestDocument(), change: { ...change, ...other } },
      }),
    ).plan;

  it.each([{}, { unknownAuthors: 'refuse' }])('is refused: %j', (more) => {
    expect(refusalOf(() => plan(more))).toEqual(['invalid-parameter /change/authors/1']);
  });

  it('is taken where the policy accepts them, and approves nothing by that name', () => {
    const taken = plan({ unknownAuthors: 'accept' });
    expect(taken.change.authors).toEqual(['github:alice', 'github:eve']);
    expect(excludedFrom(taken)).toContain('github:eve');
  });

  it('is nobody to request on behalf of, even where the policy accepts unknown authors', () => {
    expect(refusalOf(() => plan({ unknownAuthors: 'accept' }, { onBehalfOf: 'key:eve' }))).toEqual([
      'invalid-parameter /change/onBehalfOf',
    ]);
  });
});
