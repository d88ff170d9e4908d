import { describe, expect, it } from 'vitest';
import { isSealedBy, isSigned, verifyingOnce } from '../../../../src/domain/messages/proof.ts';
import { readWarrant } from '../../../../src/domain/messages/warrant.ts';
import { keyIdOf, planSealOf, type Seals, sealText } from '../../../../src/domain/trust/seal.ts';

const [key, newer] = ['a'.repeat(64), 'b'.repeat(64)];
const planDigest = `sha256:${'c'.repeat(64)}`;
const seals: Seals = { planDigest, key: keyIdOf(key), plan: 'sealed', parts: {} };

describe('a plan', () => {
  const verify = (publicKey: string, text: string, signature: string) =>
    publicKey === key && text === sealText(planDigest, 'plan', planDigest) && signature === 'sealed';

  it('is sealed by the key that it names, among others', () => {
    expect(isSealedBy([newer, key], seals, verify)).toBe(true);
    expect(planSealOf(seals)).toEqual({ planDigest, key: keyIdOf(key), part: 'plan', signature: 'sealed' });
  });

  it.each<readonly [string, readonly string[], Seals]>([
    ['by a key that is not known', [newer], seals],
    ['by another key than it names', [newer, key], { ...seals, key: keyIdOf(newer) }],
    ['as another plan', [key], { ...seals, planDigest: `sha256:${'d'.repeat(64)}` }],
    ['with other words', [key], { ...seals, plan: 'forged' }],
  ])('is not sealed %s', (_, keys, forged) => {
    expect(isSealedBy(keys, forged, verify)).toBe(false);
  });

  it('is not sealed where no key is known that could have', () => {
    expect(isSealedBy([newer], seals, () => true)).toBe(false);
  });

  it('is not sealed by what is no signature', () => {
    expect(isSealedBy([key], { ...seals, plan: 'no hex' })).toBe(false);
  });
});

it('a seal is of one part of one plan with one value', () => {
  expect(sealText('p', 'step/go', { a: 1 })).toBe(
    '{"gantry":"seal","part":"step/go","planDigest":"p","value":{"a":1}}',
  );
});

it('a message without a proof is not signed', () => {
  expect(isSigned(key, 'shop.production.7', 'approve', {})).toBe(false);
});

it('a message is not signed by what is no signature', () => {
  const proof = { signatures: [{ key: keyIdOf(key), signature: 'no hex' }] } as never;
  expect(isSigned(key, 'shop.production.7', 'approve', { proof })).toBe(false);
});

it('a signature is verified once, until a thousand others were', () => {
  const asked: string[] = [];
  const verify = verifyingOnce((_, text) => asked.push(text) > 0 && text !== 'wrong');
  expect([verify(key, 'a', 's'), verify(key, 'wrong', 's'), verify(key, 'a', 's'), verify(key, 'wrong', 's')]).toEqual([
    true,
    false,
    true,
    false,
  ]);
  expect(asked).toEqual(['a', 'wrong']);
  for (let i = 0; i < 998; i += 1) verify(key, `other ${i}`, 's');
  verify(key, 'a', 's');
  expect(asked).toHaveLength(1_000);
  verify(key, 'one more', 's');
  verify(key, 'a', 's');
  expect(asked.slice(1_000)).toEqual(['one more', 'a']);
});

it('a warrant names its run by 1 to 100 characters', () => {
  const proof = {
    nonce: '0'.repeat(32),
    sentBy: 'bearer',
    roles: [],
    verifiedAt: '2026-11-23T09:00:00.000Z',
    issuedAt: '2026-11-23T09:00:00.000Z',
    expiresAt: '2026-11-23T09:10:00.000Z',
    signatures: [{ key: keyIdOf(key), signature: 'a'.repeat(128) }],
  };
  const of = (length: number) => () => readWarrant({ runId: 'r'.repeat(length), planDigest, proof });
  for (const length of [1, 100]) expect(of(length)().runId).toHaveLength(length);
  for (const length of [0, 101]) expect(of(length)).toThrow('write the id of a run');
});
