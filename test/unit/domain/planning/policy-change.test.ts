import { expect, it } from 'vitest';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { policyChange } from '../../../../src/domain/planning/policy-change.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { renderRecord } from '../../../../src/domain/record/markdown/record.ts';
import { buildRecord } from '../../../../src/domain/record/record.ts';
import { goodJournal } from '../../../support/journal.ts';
import { digestFilledWith, environmentDocument, planningInput, policyDocument } from '../planning-input.ts';

const { plan } = freezePlan(planningInput());
const digest = digestFilledWith('9');
const changed = (document: unknown) =>
  policyChange(plan, { policy: policySchema.parse(document), digest }, Date.parse('2026-11-23T09:00:00.000Z'));
const withRules = (rules: object) => ({ ...policyDocument(), environments: { production: rules } });

it('a policy with the same rules for a target changes nothing for it, whatever its other rules are', () => {
  expect(changed(policyDocument())).toEqual({ digest, changed: [], count: 0 });
  const more = { ...policyDocument().environments, staging: environmentDocument() };
  expect(changed({ ...policyDocument(), environments: more })).toEqual({ digest, changed: [], count: 0 });
});

it('a policy change is reported by the places that a plan would freeze otherwise', () => {
  expect(changed(withRules({ ...environmentDocument(), evidence: { maxAge: '1d' }, readiness: undefined }))).toEqual({
    digest,
    changed: ['/evidence/maxAgeMs', '/readiness'],
    count: 2,
  });
  const people = policyDocument().people.filter(({ subject }) => subject !== 'key:alice');
  expect(changed({ ...policyDocument(), people })).toMatchObject({ changed: ['/people/key:alice'] });
  expect(changed({ ...policyDocument(), environments: { staging: environmentDocument() } })).toMatchObject({
    changed: ['/environments/production'],
  });
});

it('of very many changes the first are listed, with the number of all', () => {
  const person = (_: unknown, i: number) => ({ subject: `key:p-${i}`, name: 'P', roles: [] });
  const people = [...policyDocument().people, ...Array.from({ length: 400 }, person)];
  const found = changed({ ...policyDocument(), people });
  expect(found.count).toBe(400);
  expect(found.changed).toHaveLength(100);
});

it('stands in the record with what the deployment keeps', () => {
  const given = goodJournal();
  const at = given.journal.findIndex(({ type }) => type === 'lock-granted');
  const entry = { type: 'policy-changed', digest, changed: ['/evidence/maxAgeMs'], count: 3 } as const;
  const journal = given.journal.toSpliced(at + 1, 0, { v: 1, seq: 0, at: '2026-11-23T09:14:55.700Z', ...entry });
  const numbered = journal.map((one, i) => ({ ...one, seq: i + 1 }));
  const record = buildRecord(given.plan, given.planDigest, numbered, { state: 'final' });
  expect(record.certification.policyChanges).toMatchObject([{ digest, changed: ['/evidence/maxAgeMs'], count: 3 }]);
  const line = renderRecord(record)
    .split('\n')
    .find((text) => text.includes('found changed')); // in Certification
  expect(line).toContain('differs in /evidence/maxAgeMs, 2 more. This deployment keeps the rules of');
});
