import { expect, it } from 'vitest';
import { createNotifiers } from '../../../src/adapters/index.ts';
import { checkNotifiers } from '../../../src/domain/policy/check-notifiers.ts';
import { policySchema } from '../../../src/domain/policy/policy.ts';
import { stakeholderSchema } from '../../../src/domain/policy/stakeholders.ts';
import { policyDocument } from '../domain/planning-input.ts';

const everything = ['requested', 'approval-wanted', 'deployed', 'ended', 'page'];
const named = (ways: object) => ({ name: 'Ops', on: everything, ...ways });

/** What a policy with one such stakeholder, and with such settings, is refused with; null: it is taken. */
function refusalOf(ways: object, notifiers: object = {}): object | null {
  const document = { ...policyDocument(), notifiers };
  Object.assign(document.environments['production'] ?? {}, { stakeholders: [named(ways)] });
  try {
    checkNotifiers(
      policySchema.parse(document),
      createNotifiers(() => undefined),
    );
    return null;
  } catch (error) {
    return error as object;
  }
}

it('keeps the ways to a stakeholder in the order in which the policy names them', () => {
  const { channels } = stakeholderSchema.parse(named({ zulu: 'a', log: true, alpha: { b: 1 } }));
  expect(channels).toEqual([
    { kind: 'zulu', spec: { zulu: 'a' } },
    { kind: 'log', spec: { log: true } },
    { kind: 'alpha', spec: { alpha: { b: 1 } } },
  ]);
});

it('refuses a stakeholder who is told in no way, or in one that there is not', () => {
  expect(stakeholderSchema.safeParse(named({})).success).toBe(false);
  expect(stakeholderSchema.safeParse(named({ log: true, secret: 'x' })).success).toBe(false);
  const at = '/environments/production/stakeholders/0';
  expect(refusalOf({ log: true })).toBeNull();
  expect(refusalOf({ pigeon: 'roof' })).toMatchObject({ code: 'invalid-policy', pointer: `${at}/pigeon` });
  expect(refusalOf({ log: false })).toMatchObject({ code: 'invalid-policy', pointer: `${at}/log` });
  expect(refusalOf({ log: true }, { log: {} })).toMatchObject({ code: 'invalid-policy', pointer: '/notifiers/log' });
});
