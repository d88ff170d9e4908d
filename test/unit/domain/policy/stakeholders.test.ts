import { expect, it } from 'vitest';
import { createNotifiers } from '../../../../src/adapters/index.ts';
import { checkNotifiers } from '../../../../src/domain/policy/check-notifiers.ts';
import { explainPolicy } from '../../../../src/domain/policy/explain/explain.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { stakeholderSchema, stakeholdersSchema } from '../../../../src/domain/policy/stakeholders.ts';
import { policyDocument } from '../planning-input.ts';

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

it('refuses a stakeholder with no channel, or with an unknown one', () => {
  expect(stakeholderSchema.safeParse(named({})).success).toBe(false);
  expect(stakeholderSchema.safeParse(named({ log: true, secret: 'x' })).success).toBe(false);
  const at = '/environments/production/stakeholders/0';
  expect(refusalOf({ log: true })).toBeNull();
  expect(refusalOf({ pigeon: 'roof' })).toMatchObject({ code: 'invalid-policy', pointer: `${at}/pigeon` });
  expect(refusalOf({ log: false })).toMatchObject({ code: 'invalid-policy', pointer: `${at}/log` });
  expect(refusalOf({ log: true }, { log: {} })).toMatchObject({ code: 'invalid-policy', pointer: '/notifiers/log' });
});

it('refuses two stakeholders of one name in an environment: records identify them by it', () => {
  const parse = (names: readonly string[]) =>
    stakeholdersSchema.safeParse(names.map((name) => ({ ...named({ log: true }), name })));
  expect(parse(['Ops', 'On call']).success).toBe(true);
  const { error } = parse(['Ops', 'On call', 'Ops']);
  expect(error?.issues).toMatchObject([{ path: [2, 'name'], message: expect.stringContaining('named Ops') }]);
});

it('refuses mail where the policy names no mail server, or one in the clear beyond loopback', () => {
  const email = { email: 'ops@shop.example' };
  const server = { host: 'mail.example', from: 'gantry@shop.example' };
  expect(refusalOf(email)).toMatchObject({
    code: 'invalid-policy',
    pointer: '/environments/production/stakeholders/0/email',
    message: expect.stringContaining('notifiers.email'),
  });
  expect(refusalOf(email, { email: server })).toBeNull();
  expect(refusalOf(email, { email: { ...server, tls: 'none' } })).toMatchObject({ pointer: '/notifiers/email/tls' });
  expect(refusalOf(email, { email: { ...server, pasword: 'x' } })).toMatchObject({
    pointer: '/notifiers/email/pasword',
  });
});

it('takes addresses as they are or out of secrets, each kind in its own form', () => {
  const hook = `\${secret:chat-hook}`;
  for (const ways of [
    { slack: hook, teams: 'https://hooks.example/x', log: true },
    { webhook: 'https://hooks.example/x', secret: 'chat-hook' },
    { webhook: { url: hook, secret: hook } },
    { cloudevents: 'http://127.0.0.1:8080/' },
    { cloudevents: { url: hook, mode: 'binary', headers: { authorization: hook } } },
  ])
    expect(refusalOf(ways)).toBeNull();
  for (const ways of [
    { slack: 'http://hooks.example/x' },
    { teams: 'https://user:password@hooks.example/' },
    { webhook: 'https://hooks.example/x' },
    { cloudevents: { url: hook, mode: 'batch' } },
    { slack: `\${secret-file:chat-hook}` },
  ])
    expect(refusalOf(ways)).toMatchObject({ code: 'invalid-policy' });
});

it('warns of the address of a chat that every plan would show', () => {
  const explained = (ways: object) => {
    const document = policyDocument();
    Object.assign(document.environments['production'] ?? {}, { stakeholders: [named(ways)] });
    return explainPolicy(policySchema.parse(document)).map(({ text }) => text);
  };
  expect(explained({ slack: 'https://hooks.example/x', log: true })).toEqual(
    expect.arrayContaining([
      `notified: Ops of ${everything.join(', ')} by slack and log, of pages in this order`,
      'whoever reads a plan can write to the slack of Ops: keep its address in a secret',
    ]),
  );
  expect(explained({ slack: `\${secret:chat-hook}` }).join()).not.toContain('whoever reads a plan can write');
});
