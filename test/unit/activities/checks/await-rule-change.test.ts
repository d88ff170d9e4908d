import { describe, expect, it } from 'vitest';
import { untilRuleChange } from '../../../../src/activities/checks/await-rule-change.ts';
import { createCurrentRules } from '../../../../src/activities/checks/current-rules.ts';
import type { ActivityDeps } from '../../../../src/activities/deps.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import type { MonitorInput } from '../../../../src/domain/ports/observation.ts';
import { planningInput, policyDocument } from '../../domain/planning-input.ts';

const { plan, planDigest } = freezePlan(planningInput());
const runIdentity = { target: 'shop/production' } as MonitorInput['runIdentity'];
const bob = { subject: 'key:bob', role: 'service-owner' };

function listening(digests: readonly string[], known: MonitorInput['known'], document: object = policyDocument()) {
  const over = new AbortController();
  const left = [...digests];
  const deps = {
    policy: {
      async read() {
        const digest = left.shift();
        if (digest === 'broken') throw new Error('no policy');
        // Nothing new until it was looked at so often.
        if (digest === undefined) over.abort();
        return { policy: policySchema.parse(document), digest: digest ?? 'known' };
      },
    },
    store: { plan: async () => plan, freezes: async () => ({ items: [], next: null }) },
    now: Date.now,
  } as unknown as ActivityDeps;
  return untilRuleChange(deps, createCurrentRules(deps), { runIdentity, planDigest, known }, over.signal);
}
const known = { policies: ['known'], approvers: [bob], window: null };
const without = (subject: string) => ({
  ...policyDocument(),
  people: policyDocument().people.flatMap((person) =>
    person.subject === subject ? [{ ...person, roles: ['support'] }] : [person],
  ),
});

describe('untilRuleChange', () => {
  it('are a policy that is new to the deployment, also after one that could not be read', async () => {
    expect(await listening(['known', 'broken', 'new'], known)).toMatchObject({
      policy: { change: { digest: 'new' }, lost: null },
      windowClosed: null,
    });
  });

  it('are none where the policy is known and everybody is there', async () => {
    expect(await listening(['known'], known)).toBeNull();
  });

  it('are who is gone, also under a policy that was there before', async () => {
    expect(await listening(['known'], known, without('key:bob'))).toMatchObject({
      policy: { change: { digest: 'known' }, lost: bob },
    });
  });

  it('are not reported to a deployment that does not ask for them', async () => {
    expect(await listening(['new'], null)).toBeNull();
  });
});
