import { expect, it } from 'vitest';
import { mayRobotAbort } from '../../../../src/domain/messages/abort-by-robot.ts';
import { isProvenEnough } from '../../../../src/domain/messages/taken-without-proof.ts';

it('without a proof only an abort is taken, unless policy accepts others', () => {
  expect(isProvenEnough('approve', 'asserted', 'refuse')).toBe(false);
  expect(isProvenEnough('abort', 'asserted', 'refuse')).toBe(true);
  expect(isProvenEnough('approve', 'verified', 'refuse')).toBe(true);
  expect(isProvenEnough('approve', 'asserted', 'accept')).toBe(true);
});

it('a robot aborts what it requested, and nothing of others', () => {
  expect(mayRobotAbort('key:ci-shop', 'key:ci-shop')).toBe(true);
  expect(mayRobotAbort('key:ci-shop', 'key:alice')).toBe(false);
});
