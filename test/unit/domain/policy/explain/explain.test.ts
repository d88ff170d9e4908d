import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { explainPolicy } from '../../../../../src/domain/policy/explain/explain.ts';
import { type Policy, policySchema } from '../../../../../src/domain/policy/policy.ts';
import { environmentDocument, policyDocument } from '../../planning-input.ts';

type Kind = ReturnType<typeof explainPolicy>[number]['kind'];
const parsed = (rules: object = {}, people: unknown[] = policyDocument().people): Policy => {
  const production = { ...environmentDocument(), ...rules };
  return policySchema.parse({ ...policyDocument(), people, environments: { production } });
};
const lines = (kind: Kind, policy: Policy) =>
  explainPolicy(policy)
    .filter((line) => line.kind === kind)
    .map(({ text }) => text);
const newPublicKey = () => generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
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
        'notified: Shop team of requested, approval-wanted, deployed, ended, page by log',
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

  it('says every rule in words: services, signers, windows, freezes, emergencies, standing approvals, mail servers', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const policy = policySchema.parse({
      ...policyDocument(),
      services: { shop: { owners: ['key:bob'], requesters: ['key:alice'], procedures: ['shop-blue-green'] } },
      notifiers: { email: { from: 'gantry@shop.example', host: 'mail.shop.example', port: 587 } },
      environments: {
        production: {
          ...environmentDocument(),
          evidence: {
            maxAge: '7d',
            trustedRoot: '{}',
            signers: [
              { name: 'ci', publicKey: newPublicKey(), stages: ['integration', 'context'] },
              {
                name: 'workflow',
                sigstore: { issuer: 'https://ci.example', identity: 'build@ci' },
                stages: ['system'],
              },
            ],
          },
          windows: {
            timeZone: 'Europe/Berlin',
            allow: [{ rrule: 'FREQ=WEEKLY;BYDAY=MO', from: '2026-03-02', start: '09:00', end: '16:00' }],
            freezes: [{ from: '2026-12-20T00:00', until: '2027-01-04T00:00', reason: 'Christmas' }],
            runway: '30m',
          },
          emergency: { role: 'support', waives: ['window'], review: { within: '48h', blocksNext: true } },
          standard: [
            { service: 'shop', procedure: 'shop-blue-green', digest, approvedBy: ['key:carol'], until: '2027-06-30' },
          ],
        },
      },
    });
    const facts = lines('fact', policy);
    expect(facts).toEqual(
      expect.arrayContaining([
        'service shop: owned by Bob May; requested by Alice Roe; deployed by shop-blue-green',
        expect.stringMatching(/^signer ci: integration, context, by ed25519 key sha256:[0-9a-f]{64}$/),
        'signer workflow: system, as build@ci of https://ci.example, who attests https://in-toto.io/attestation/test-result/v0.1',
        'window: FREQ=WEEKLY;BYDAY=MO from 2026-03-02, 09:00 to 16:00 in Europe/Berlin',
        'runway: 30 min left of the window at the start',
        'freeze: 2026-12-20T00:00 to 2027-01-04T00:00: Christmas',
        'emergency: approved by support; waives window; reviewed within 2 d, and the next change waits for it',
        `standard change: shop-blue-green (${digest}) for shop, approved by key:carol until 2027-06-30`,
        'notifier email: from gantry@shop.example, host mail.shop.example, port 587',
      ]),
    );
    expect(facts.find((text) => text.startsWith('not required: '))).not.toMatch(/window|emergenc/);
    for (const text of facts) expect(text).not.toMatch(/[{}"]|\b\d{6,}\b(?![0-9a-f]*$)/);
  });

  it('says who owns each service that the policy names, and once what holds for all others', () => {
    const people = [person('Frank', 'service-owner'), person('Bob'), person('Mia', 'change-manager', 'support')];
    const services = { shop: { owners: ['key:Bob'] }, cart: { owners: ['key:Bob'] } };
    const facts = lines('fact', { ...parsed({}, people), services });
    expect(facts.filter((text) => /service-owner|change-manager|support/.test(text))).toEqual([
      'change-manager: Mia',
      'service-owner of shop, cart: Bob',
      'support: Mia',
      'service-owner of any other service: Frank',
      'approval of shop, cart: 1 service-owner (Bob)',
      'approval: 1 change-manager (Mia)',
      'approval of any other service: 1 service-owner (Frank)',
      'readiness: support (Mia) within 8 h',
      'operators of shop, cart: service-owner (Bob), change-manager (Mia)',
      'operators of any other service: service-owner (Frank), change-manager (Mia)',
    ]);
  });

  it('says how young a rehearsal has to be, and where', () => {
    const policy = parsed();
    const rehearsal = { maxAge: 30 * 86_400_000, environment: 'staging' };
    const rules = { ...policy.environments['production'], rehearsal } as Policy['environments'][string];
    const shown = lines('fact', { ...policy, environments: { production: rules } });
    expect(shown).toContain('rehearsal: the same procedure rolled back and verified in staging, at most 30 d ago');
    expect(shown.find((text) => text.startsWith('not required: '))).not.toContain('rehearsal');
  });

  it('says which procedures are taken, where the policy names them', () => {
    const shown = lines('fact', parsed({ procedures: { inline: true, allow: ['shop-blue-green', 'shop-rolling'] } }));
    expect(shown).toContain('procedures: of the server, or sent as documents: shop-blue-green, shop-rolling');
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

  it('is given for each person whose own changes could never be approved', () => {
    const people = [person('Ann', 'service-owner'), person('Ben')];
    const warned = (minimum: number, all: unknown[]) =>
      lines('warning', parsed(approving(minimum), all)).filter((text) => text.includes('can never be approved'));
    expect(warned(1, people)).toEqual([
      'what Ann requests or writes can never be approved: 1 service-owner too few without them',
    ]);
    expect(warned(1, [...people, person('Cy', 'service-owner')])).toEqual([]);
  });

  it('is given for the services that it is true of', () => {
    const people = [person('Bob'), person('Ann', 'service-owner'), person('Cy', 'service-owner')];
    const warned = (services: Policy['services'], all: unknown[] = people) =>
      lines('warning', { ...parsed(approving(1), all), services }).filter((text) => text.includes('approved'));
    expect(warned({ shop: { owners: ['key:Bob'] } })).toEqual([
      'shop: what Bob requests or writes can never be approved: 1 service-owner too few without them',
    ]);
    expect(warned({ shop: { owners: ['key:Bob', 'key:Ann'] } })).toEqual([]);
    expect(warned({ shop: { owners: ['key:Bob'] } }, [person('Bob'), person('Ann', 'service-owner')])).toEqual([
      'shop: what Bob requests or writes can never be approved: 1 service-owner too few without them',
      'any other service: what Ann requests or writes can never be approved: 1 service-owner too few without them',
    ]);
    const ofTheirOwn = policySchema.parse({
      ...policyDocument(),
      people: [person('Bob'), person('Ann')],
      services: { shop: { owners: ['key:Bob', 'key:Ann'] } },
      environments: { production: { ...environmentDocument(), ...approving(1) } },
    });
    expect(lines('warning', ofTheirOwn).filter((text) => text.includes('approved'))).toEqual([
      'any other service: nothing can ever be approved: 1 service-owner too few people, and one person fills one rule',
    ]);
  });

  it('is given where one of the approvers alone approves an emergency', () => {
    const warned = (role: string, waives: string[]) =>
      lines('warning', parsed({ emergency: { role, waives, review: { within: '48h', blocksNext: true } } })).filter(
        (text) => text.includes('an emergency'),
      );
    expect(warned('change-manager', ['quorum'])).toEqual([
      'one change-manager alone approves an emergency: its role is one of the approval roles, and quorum is waived',
    ]);
    expect(warned('change-manager', ['window'])).toEqual([]);
    expect(warned('support', ['quorum'])).toEqual([]);
  });

  it('is given for standing approvals that count for nothing', () => {
    const digest = `sha256:${'c'.repeat(64)}`;
    const warned = (...approvedBy: string[]) => {
      const entry = { service: 'shop', procedure: 'shop-blue-green', digest, approvedBy, until: '2027-06-30' };
      return lines('warning', parsed({ standard: [entry] })).filter((text) => text.includes('standing'));
    };
    const what = 'the standing approval of shop-blue-green for shop';
    expect(warned('key:bob', 'key:carol')).toEqual([]);
    expect(warned('key:bob', 'key:carol', 'key:eve')).toEqual([
      `${what} names key:eve, who is no person of the policy: that counts for nothing`,
    ]);
    expect(warned('key:bob', 'key:dan')).toEqual([
      `${what} names Dan Ode, who has none of the approval roles for it: that counts for nothing`,
      `${what} approves nothing: those whose approval counts do not fill the approval rules`,
    ]);
  });

  describe('of emergencies that nobody could review', () => {
    const left = 'can never be reviewed: no operator is left who had no part in them';
    const warned = (operators: string[], waives: string[], all: unknown[]) => {
      const emergency = { role: 'commander', waives, review: { within: '48h', blocksNext: true } };
      return lines('warning', parsed({ ...approving(1), emergency, operators }, all)).filter((text) =>
        text.includes('reviewed'),
      );
    };
    const people = [person('Ann', 'service-owner', 'commander'), person('Ben', 'commander'), person('Cy')];
    const di = person('Di', 'service-owner');

    it('is given where the approval takes every operator, as it does without waives: quorum', () => {
      const none = ['no emergency can ever be reviewed: its approval takes every operator'];
      expect(warned(['service-owner'], [], people)).toEqual(none);
      expect(warned(['service-owner', 'commander'], [], people)).toEqual(none);
      const more = [di, person('Cas', 'commander'), person('Kay', 'commander')];
      expect(warned(['service-owner', 'commander'], [], [...people, ...more])).toEqual([]);
    });

    it('is given for each person who would take part as the last operator', () => {
      expect(warned(['service-owner'], ['quorum'], people)).toEqual([
        `emergencies that Ann approves ${left}`,
        `emergencies that Ann requests or writes ${left}`,
        `emergencies that Ben requests or writes ${left}`,
      ]);
      expect(warned(['service-owner'], ['quorum'], [...people, di])).toEqual([]);
      // Of three operators one requests, and the other two have to approve.
      expect(warned(['service-owner', 'commander'], [], [...people, di])).toEqual(
        ['Ann', 'Ben', 'Di'].map((name) => `emergencies that ${name} requests or writes ${left}`),
      );
    });

    it('is not given where an operator has no part in approvals, or where no emergency is ever approved', () => {
      const ops = [...people, person('Ops', 'operator'), person('Oz', 'operator')];
      expect(warned(['operator'], [], ops)).toEqual([]);
      expect(warned(['service-owner'], [], [person('Ann', 'service-owner', 'commander')])).toEqual([]);
    });
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
    const anyOrder = parsed({ evidence: { maxAge: '7d', order: 'any' } });
    expect(lines('warning', anyOrder)).toContainEqual(expect.stringMatching(/^stages count in any order: /));
    expect(lines('fact', anyOrder)).toEqual(
      expect.arrayContaining([
        'evidence: five stages passed in any order, at most 7 d old',
        expect.stringMatching(/^not required: .*an order of the stages/),
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
