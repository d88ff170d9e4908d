import { expect, it } from 'vitest';
import { mayRobotAbort } from '../../../../src/domain/messages/abort-by-robot.ts';
import { isTaken } from '../../../../src/domain/messages/unsigned.ts';

it('without a proof only an abort is taken, unless policy accepts others', () => {
  expect(isTaken('approve', 'asserted', 'refuse')).toBe(false);
  expect(isTaken('abort', 'asserted', 'refuse')).toBe(true);
  expect(isTaken('approve', 'verified', 'refuse')).toBe(true);
  expect(isTaken('approve', 'asserted', 'accept')).toBe(true);
});

it('a robot aborts what it requested, and nothing of others', () => {
  expect(mayRobotAbort('key:ci-shop', 'key:ci-shop')).toBe(true);
  expect(mayRobotAbort('key:ci-shop', 'key:alice')).toBe(false);
});
