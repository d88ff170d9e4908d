import { describe, expect, it } from 'vitest';
import { excludedFrom } from '../../../../src/domain/deployment/excluded-approvers.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { comparedName, findPerson } from '../../../../src/domain/policy/find-person.ts';
import { namesOf, policySchema } from '../../../../src/domain/policy/policy.ts';
import { findRobot } from '../../../../src/domain/policy/robots.ts';
import { standingGaps } from '../../../../src/domain/policy/standing-approvals.ts';
import { planningInput, policyDocument, requestDocument } from '../planning-input.ts';

const document = () => {
  const policy = policyDocument();
  const people = policy.people.map((person) =>
    person.subject === 'key:bob' ? { ...person, aliases: ['github:Bob-May', 'bob@Example.com'] } : person,
  );
  return { ...policy, people };
};

const policy = policySchema.parse(document());

describe('a name', () => {
  it.each([
    ['github:bob-may', 'GitHub:BOB-MAY'],
    ['gitlab:bob', 'gitlab:Bob'],
    ['bob@example.com', 'BOB@EXAMPLE.com'],
  ])('of a system that ignores case is the same in any: %s and %s', (one, other) => {
    expect(comparedName(one)).toBe(comparedName(other));
  });

  it.each([
    ['key:bob', 'key:Bob'],
    ['oidc:https://id.example|aB', 'oidc:https://id.example|ab'],
    ['oidc:https://id.example|B@x.example', 'oidc:https://id.example|b@x.example'],
    ['Bob', 'bob'],
  ])('of another system is as it is written: %s is not %s', (one, other) => {
    expect(comparedName(one)).not.toBe(comparedName(other));
  });
});

describe('a person', () => {
  it.each(['github:bob-may', 'GITHUB:BOB-MAY', 'BOB@EXAMPLE.COM', 'bob@example.com'])('goes by %s', (name) => {
    expect(findPerson(policy.people, name)?.subject).toBe('key:bob');
    expect(namesOf(policy, name)).toEqual(['key:bob', 'github:Bob-May', 'bob@Example.com']);
  });

  it('who wrote the artifact cannot approve it, however the pipeline writes the name', () => {
    const request = requestDocument();
    const change = { ...request.change, authors: ['BOB@EXAMPLE.COM'] };
    for (const unknownAuthors of ['refuse', 'accept']) {
      const input = planningInput({ policy: { ...document(), unknownAuthors }, request: { ...request, change } });
      expect(excludedFrom(freezePlan(input).plan)).toContain('key:bob');
    }
  });

  it('counts for a standing approval under any of these names, and once', () => {
    const rule = (minimum: number) => [{ role: 'service-owner', minimum }];
    const approvedBy = ['Bob@example.com', 'github:bob-may'];
    expect(standingGaps({ approvedBy }, rule(1), policy.people)).toEqual({ uncounted: [], isFilled: true });
    expect(standingGaps({ approvedBy }, rule(2), policy.people).isFilled).toBe(false);
  });
});

describe('a policy', () => {
  it.each(['github:BOB-may', 'BOB@example.com'])('gives a name to one alone, in whatever case: %s', (alias) => {
    const twice = document();
    const people = twice.people.map((person) =>
      person.subject === 'key:alice' ? { ...person, aliases: [alias] } : person,
    );
    const issues = policySchema.safeParse({ ...twice, people }).error?.issues;
    expect(issues?.map(({ message }) => message)).toEqual([expect.stringContaining('stands for somebody already')]);
  });

  it('finds robots as it finds people', () => {
    expect(findRobot([{ subject: 'github:Deploy-Bot' }], 'github:deploy-bot')).toBeDefined();
    expect(findRobot([{ subject: 'key:ci' }], 'key:CI')).toBeUndefined();
  });
});
