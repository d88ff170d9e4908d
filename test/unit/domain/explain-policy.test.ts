import { describe, expect, it } from 'vitest';
import { explainPolicy } from '../../../src/domain/policy/explain-policy.ts';
import { type Policy, policySchema } from '../../../src/domain/policy/policy.ts';
import { environmentDocument, policyDocument } from './planning-input.ts';

type Kind = ReturnType<typeof explainPolicy>[number]['kind'];
const parsed = (rules: object = {}, people: unknown[] = policyDocument().people): Policy => {
  const production = { ...environmentDocument(), ...rules };
  return policySchema.parse({ ...policyDocument(), people, environments: { production } });
};
const lines = (kind: Kind, policy: Policy) =>
  explainPolicy(policy)
    .filter((line) => line.kind === kind)
    .map(({ text }) => text);
const person = (name: string, ...roles: string[]) => ({ subject: `key:${name}`, name, roles });

describe('the explanation of a policy', () => {
  it('says who may approve, what is asked for and what is not', () => {
    const facts = lines('fact', parsed());
    expect(lines('heading', parsed())).toEqual(['4 people, 1 robot', 'Environment production']);
    expect(facts).toEqual(
      expect.arrayContaining([
        'service-owner: Bob May, Carol Lind',
        'robot CI of shop (key:ci-shop): may submit-evidence, request',
        'approval: 1 service-owner (Bob May, Carol Lind)',
        'approval: 1 change-manager (Carol Lind)',
        'approvals: never by requester or authors; lapse 1 d after the request',
        'evidence: five stages passed in order, at most 7 d old',
        'readiness: support (Dan Ode) within 8 h',
        'told: Shop team of requested, approval-wanted, deployed, ended, page',
        'a procedure needs: checks in smoke; an availability check; the artifact digest given to an action and read back; monitoring of at least 15 min',
        'procedures: of the server only',
        'operators: service-owner (Bob May, Carol Lind), change-manager (Carol Lind)',
      ]),
    );
    expect(facts.find((text) => text.startsWith('limits: '))).toContain('gate 4 h, ');
    expect(facts.find((text) => text.startsWith('not required: '))).toContain('a rehearsal of the rollback');
    const lax = { require: { validation: [], availability: false, artifactReadBack: false }, readiness: undefined };
    const left = lines('fact', parsed(lax)).find((text) => text.startsWith('not required: '));
    for (const one of ['smoke validation', 'measured availability', 'reading the artifact back', 'acknowledgement by'])
      expect(left).toContain(one);
  });

  it('says how young a rehearsal has to be, and where', () => {
    const policy = parsed();
    const rehearsal = { maxAge: 30 * 86_400_000, environment: 'staging' };
    const rules = { ...policy.environments['production'], rehearsal } as Policy['environments'][string];
    const shown = lines('fact', { ...policy, environments: { production: rules } });
    expect(shown).toContain('rehearsal: the same procedure rolled back and verified in staging, at most 30 d ago');
    expect(shown.find((text) => text.startsWith('not required: '))).not.toContain('rehearsal');
  });

  it('shows rules that it knows only by name', () => {
    const policy = parsed();
    const rules = { ...policy.environments['production'], windows: { runway: '30m' } };
    const shown = lines('fact', { ...policy, environments: { production: rules } } as unknown as Policy);
    expect(shown).toContain('windows: {"runway":"30m"}');
    expect(shown.find((text) => text.startsWith('not required: '))).not.toContain('window');
  });
});

describe('a warning', () => {
  const approving = (minimum: number) => ({
    approvals: { expireAfter: '1h', rules: [{ role: 'service-owner', minimum }] },
    readiness: undefined,
  });

  it('is given where nothing can ever be approved', () => {
    const people = [person('Ann', 'service-owner'), person('Ben')];
    expect(lines('warning', parsed(approving(2), people))).toContain(
      'nothing can ever be approved: 1 service-owner too few people, and one person fills one rule',
    );
  });

  it('is given for whoever could never have a change of their own approved', () => {
    const people = [person('Ann', 'service-owner'), person('Ben')];
    const warned = (minimum: number, all: unknown[]) =>
      lines('warning', parsed(approving(minimum), all)).filter((text) => text.includes('can never be approved'));
    expect(warned(1, people)).toEqual([
      'what Ann requests or writes can never be approved: 1 service-owner too few without them',
    ]);
    expect(warned(1, [...people, person('Cy', 'service-owner')])).toEqual([]);
  });

  it('is given for whatever is believed without a proof', () => {
    const warned = lines('warning', parsed({ procedures: { inline: true } }));
    expect(warned).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^CI of shop may request: /),
        expect.stringMatching(/^messages without a proof count: /),
        expect.stringMatching(/^evidence counts unsigned: /),
        expect.stringMatching(/^procedures may be sent as documents: /),
      ]),
    );
    const policy = parsed();
    const rules = { ...policy.environments['production'], messages: { unsigned: 'refuse' } };
    const strict = lines('warning', {
      ...policy,
      robots: [],
      environments: { production: rules },
    } as unknown as Policy);
    expect(strict.filter((text) => /without a proof|may request/.test(text))).toEqual([]);
  });
});
