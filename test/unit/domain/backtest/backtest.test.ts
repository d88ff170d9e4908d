import { describe, expect, it } from 'vitest';
import { evaluateAgainst } from '../../../../src/domain/backtest/evaluate.ts';
import type { JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { evaluateWindow } from '../../../../src/domain/policy/calendar/evaluate-window.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { goodJournal, rolledBackJournal } from '../../../support/journal.ts';
import { environmentDocument, policyDocument } from '../planning-input.ts';

const good = goodJournal();
type Rules = Record<string, unknown>;

/** What a policy with these rules would have refused; whoever is not told otherwise is as in the plan. */
function refused(
  rules: Rules | null,
  given: {
    readonly people?: unknown[];
    readonly robots?: unknown[];
    readonly services?: Rules;
    readonly of?: typeof good;
  } = {},
) {
  const { people, robots, services, of } = { ...policyDocument(), services: {}, of: good, ...given };
  const production = { ...environmentDocument(), procedures: { inline: false }, ...rules };
  const environments = rules === null ? { staging: environmentDocument() } : { production };
  const policy = policySchema.parse({ gantry: 1, people, robots, services, environments });
  return evaluateAgainst(policy, of.plan, of.journal, evaluateWindow).refusals.map(
    ({ rule, why }) => `${rule}: ${why}`,
  );
}
const people = (change: (person: { subject: string; roles: string[] }) => unknown) =>
  policyDocument().people.flatMap((person) => change(person) ?? []);
const withPlan = (change: Partial<Plan>) => ({ ...good, plan: { ...good.plan, ...change } });

it('a change that did all that a policy asks for would not have been refused', () => {
  expect(refused({})).toEqual([]);
});

describe('a change would have been refused', () => {
  it('where the policy does not name its environment', () => {
    expect(refused(null)).toEqual(['/environments: it names no environment production']);
  });

  it('when its requester, the one on whose behalf, or an author is unknown', () => {
    const gone = people((person) => (person.subject === 'key:alice' ? undefined : person));
    expect(refused({}, { people: gone })).toEqual([
      '/people: github:alice wrote or wanted it and is unknown',
      '/people: key:alice wrote or wanted it and is unknown',
    ]);
    expect(refused({}, { robots: [{ ...policyDocument().robots[0], may: ['submit-evidence'] }] })).toEqual([
      '/robots: CI of shop (key:ci-shop) may not request',
    ]);
    expect(refused({}, { robots: [] })).toEqual([
      '/people: CI of shop (key:ci-shop) may not request',
      '/people: evidence of integration, context, system, learning, production was submitted by key:ci-shop, who may not vouch for shop',
    ]);
  });

  it('when its procedure lacks what the policy requires, or takes longer than a limit', () => {
    expect(
      refused({
        require: { validation: ['smoke', 'performance'] },
        monitoring: { minimum: '1h' },
        limits: { gate: '1m', step: '1s' },
      }),
    ).toEqual([
      '/environments/production/require: the policy requires checks in performance (its procedure: /procedure/validation/performance)',
      '/environments/production/monitoring/minimum: the policy requires at least 1 h (its procedure: /procedure/monitoring/period)',
      ...[0, 1, 2].map((i) =>
        expect.stringMatching(`^/environments/production/limits: .* limit step: 1 s .*/procedure/steps/${i}\\)$`),
      ),
      '/environments/production/limits: 1 h is longer than the limit gate: 1 min (its procedure: /procedure/steps/4/gate/within)',
    ]);
    expect(refused({}, { of: withPlan({ health: [] }) })).toEqual([
      expect.stringContaining('requires an availability check'),
    ]);
    expect(refused({}, { of: withPlan({ procedure: { ...good.plan.procedure, inline: true } }) })).toEqual([
      '/environments/production/procedures/inline: its procedure was sent as a document',
    ]);
    const { plan } = good;
    const other = { ...plan.artifact, digest: `sha256:${'0'.repeat(64)}` };
    expect(refused({}, { of: withPlan({ artifact: other }) })).toEqual([
      expect.stringContaining('/environments/production/require/artifactReadBack: '),
    ]);
  });

  it('when its evidence was too old at the grant', () => {
    expect(refused({ evidence: { maxAge: '2h' } })).toEqual([
      expect.stringMatching(/^\/environments\/production\/evidence\/maxAge: stage integration was 4 h 44 min .* old/),
      expect.stringContaining('stage context was 3 h 44 min'),
      expect.stringContaining('stage system was 2 h 44 min'),
    ]);
  });

  it('when too few had approved: of the people and roles, and in the way, that the policy accepts', () => {
    const rules = [
      { role: 'service-owner', minimum: 1 },
      { role: 'change-manager', minimum: 1 },
      { role: 'support', minimum: 1 },
    ];
    const approvals = { expireAfter: '24h', rules };
    expect(refused({ approvals })).toEqual([
      '/environments/production/approvals/rules/2: 1 more support would have had to approve; Bob May (api, verified) as service-owner, Carol Lind (api, verified) as change-manager did',
    ]);
    // Bob approved, and would have had to name another role.
    const bobSupports = people((one) =>
      one.subject === 'key:bob' ? { ...one, roles: ['support', 'service-owner'] } : one,
    );
    const bobAlone = { ...approvals, rules: [rules[1], rules[2]] };
    expect(refused({ approvals: bobAlone }, { people: bobSupports })).toEqual([]);
    const bobGone = people((one) => (one.subject === 'key:bob' ? undefined : one));
    expect(refused({}, { people: bobGone })).toEqual([
      expect.stringMatching(/rules\/0: 1 more service-owner/),
      expect.stringMatching(/^\/people: 1 more service-owner would have had to approve at gate go; Bob May/),
    ]);
    expect(refused({ approvals: { ...environmentDocument().approvals, expireAfter: '1m' } })).toEqual([
      expect.stringMatching(/approvals\/expireAfter: the target was free 14 min .* after the request/),
    ]);
  });

  it('when an approver had written it, as the policy knows them', () => {
    const aliases: Record<string, string[]> = { 'key:bob': ['github:alice'] };
    const renamed = people((one) => ({ ...one, aliases: aliases[one.subject] ?? [] }));
    expect(refused({}, { people: renamed })).toEqual([
      expect.stringContaining('/approvals/rules/0: 1 more service-owner would have had to approve'),
      expect.stringContaining('/people: 1 more service-owner would have had to approve at gate go'),
    ]);
  });

  it('when no readiness was acknowledged, or too late', () => {
    const silent = { ...good, journal: good.journal.filter(({ type }) => type !== 'acknowledged') };
    expect(refused({}, { of: silent })).toEqual([
      '/environments/production/readiness/roles/0: nobody acknowledged readiness who counts for support; nobody did',
    ]);
    expect(refused({ readiness: { roles: ['support'], within: '1m' } })).toEqual([
      expect.stringMatching(/readiness\/within: support was ready after 4 min .*, later than 1 min/),
    ]);
    expect(refused({ readiness: undefined }, { of: silent })).toEqual([]);
  });
});

it('messages without a proof do not count where the policy refuses them', () => {
  const rolledBack = rolledBackJournal();
  expect(refused({}, { of: rolledBack })).toEqual([]);
  const policy = policySchema.parse(policyDocument());
  const rules = { ...policy.environments['production'], messages: { unsigned: 'refuse' } };
  const strict = { ...policy, environments: { production: rules } } as typeof policy;
  expect(evaluateAgainst(strict, rolledBack.plan, rolledBack.journal, evaluateWindow).refusals).toEqual([
    {
      rule: '/environments/production/approvals/rules/1',
      why: '1 more change-manager would have had to approve; Bob May (api, verified) as service-owner, Carol Lind (signal, asserted) as change-manager did',
    },
  ]);
});

it('approvals that were not asked for yet do not count against a change that ended before its first step', () => {
  const until = good.journal.findIndex(({ type }) => type === 'acknowledged');
  const journal: readonly JournalEntry[] = good.journal.slice(0, until);
  expect(refused({ evidence: { maxAge: '1m' } }, { of: { ...good, journal } })).toEqual([]);
});

it('a repair is held back by no policy', () => {
  const repair = { of: 'shop.production.1' } as unknown as Plan['repair'];
  expect(refused(null, { of: withPlan({ repair }) })).toEqual([]);
});

it('an approval that had been withdrawn does not count', () => {
  const at = good.journal.findIndex(({ type }) => type === 'lock-requested');
  const approval = good.journal.find((entry) => entry.type === 'approval-granted');
  if (!approval) throw new Error('nobody approved');
  const withdrawn = {
    v: 1,
    seq: 0,
    at: approval.at,
    type: 'approval-withdrawn',
    by: approval.by,
    gate: 'start',
  } as const;
  expect(refused({}, { of: { ...good, journal: good.journal.toSpliced(at, 0, withdrawn) } })).toEqual([
    expect.stringContaining('1 more service-owner would have had to approve'),
  ]);
});

describe('a change that a robot requested', () => {
  const [robot] = policyDocument().robots;
  const owned = (requesters?: readonly string[]) => ({
    shop: { owners: ['key:bob'], ...(requesters ? { requesters } : {}) },
  });

  it('would have been refused where the robot does not serve the service', () => {
    const serving = (...services: string[]) => ({ robots: [{ ...robot, services }] });
    expect(refused({}, serving('shop', 'cart'))).toEqual([]);
    expect(refused({}, serving('cart'))).toEqual([
      '/robots: CI of shop may not request for shop',
      expect.stringMatching(/^\/robots: evidence of .* was submitted by key:ci-shop, who may not vouch for shop$/),
    ]);
  });

  it('is requested by the person on whose behalf the robot requests', () => {
    expect(refused({}, { services: owned() })).toEqual([]);
    expect(refused({}, { services: owned(['github:alice']) })).toEqual([]);
    const refusal = ['/services/shop/requesters: CI of shop may not request for shop'];
    expect(refused({}, { services: owned(['key:bob']) })).toEqual(refusal);
    const change = { ...good.plan.change, onBehalfOf: 'key:bob', authors: [] };
    expect(refused({}, { services: owned(['key:alice']), of: withPlan({ change }) })).toContain(refusal[0]);
  });
});
