import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SigningKeys } from '../../../../src/api/deps.ts';
import { vouched } from '../../../../src/api/trust/vouch.ts';
import type { MessageArgument } from '../../../../src/domain/messages/messages.ts';
import { isProven, isSigned, proofValidMs } from '../../../../src/domain/messages/proof.ts';
import { ensureMessageKeys, rotateMessageKey } from '../../../../src/main/keys/message-key.ts';

const id = 'shop.production.7';
const now = 1_000_000;
const approval: MessageArgument<'approve'> = { by: 'key:bob', planDigest: `sha256:${'a'.repeat(64)}`, gate: 'start' };
let folder: string;
let keys: SigningKeys;
let old: string;
let proven: MessageArgument<'approve'>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-proofs-'));
  keys = await ensureMessageKeys(folder);
  old = keys.publicKeys[0] ?? '';
  proven = vouched({ signingKeys: keys, now: () => now }, id, 'approve', approval);
});
afterAll(() => rm(folder, { recursive: true }));

it('proves a message until it expires', () => {
  expect(isProven(old, id, 'approve', proven, now)).toBe(true);
  expect(isProven(old, id, 'approve', proven, now + proofValidMs - 1)).toBe(true);
  expect(isProven(old, id, 'approve', proven, now + proofValidMs)).toBe(false);
  expect(isProven(null, id, 'approve', proven, now)).toBe(false);
});

it('proves nothing to whoever knows a key that no signature names', () => {
  expect(isSigned('ab'.repeat(32), id, 'approve', proven)).toBe(false);
});

it('proves nothing else than what was signed, field by field', () => {
  const { proof } = proven;
  if (!proof) throw new Error('there is no proof');
  const changed: readonly MessageArgument<'approve'>[] = [
    { ...proven, by: 'key:eve' },
    { ...proven, planDigest: `sha256:${'b'.repeat(64)}` },
    { ...proven, gate: 'go' },
    { ...proven, role: 'service-owner' },
    { ...proven, reason: 'because' },
    { ...proven, statement: 'yes' },
    { ...proven, id: '1' },
    { ...proven, proof: { ...proof, nonce: '0'.repeat(32) } },
    { ...proven, proof: { ...proof, sentBy: 'bearer' } },
    { ...proven, proof: { ...proof, roles: ['service-owner'] } },
    { ...proven, proof: { ...proof, issuedAt: '2026-01-01T00:00:00.000Z' } },
    { ...proven, proof: { ...proof, expiresAt: '2999-01-01T00:00:00.000Z' } },
  ];
  for (const argument of changed) expect(isProven(old, id, 'approve', argument, now)).toBe(false);
  expect(isProven(old, 'shop.production.8', 'approve', proven, now)).toBe(false);
  expect(isProven(old, id, 'reject', proven, now)).toBe(false);
});

it('of an adoption is for one target, and for no other message', () => {
  const adoption = vouched({ signingKeys: keys, now: () => now }, 'shop/production', 'adopt', approval);
  expect(isProven(old, 'shop/production', 'adopt', adoption, now)).toBe(true);
  expect(isProven(old, 'shop/staging', 'adopt', adoption, now)).toBe(false);
  expect(isProven(old, 'shop/production', 'resolve', adoption, now)).toBe(false);
});

it('after a rotation a deployment that knows the old key still counts what the API signs, until that key is given up', async () => {
  await rotateMessageKey(folder);
  const rotated = await ensureMessageKeys(folder);
  const argument = vouched({ signingKeys: rotated, now: () => now }, id, 'approve', approval);
  expect(isProven(old, id, 'approve', argument, now)).toBe(true);
  expect(isProven(rotated.publicKeys[0] ?? '', id, 'approve', argument, now)).toBe(true);
  const signatures = argument.proof?.signatures.slice(0, 1) ?? [];
  const given = { ...argument, proof: argument.proof && { ...argument.proof, signatures } };
  expect(isProven(old, id, 'approve', given as typeof argument, now)).toBe(false);
});
