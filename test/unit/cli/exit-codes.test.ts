import { describe, expect, it } from 'vitest';
import { exitCodeOf, exitCodeOfOutcome } from '../../../src/cli/exit-codes.ts';
import type { ErrorCode } from '../../../src/domain/base/error-codes.ts';
import { GantryError } from '../../../src/domain/base/errors.ts';
import { outcomes } from '../../../src/domain/base/phases.ts';

describe('the exit code of a client verb', () => {
  it.each<readonly [ErrorCode, number]>([
    ['malformed', 2],
    ['malformed-yaml', 2],
    ['invalid-config', 2],
    ['self-approval', 3],
    ['plan-changed', 3],
    ['invalid-procedure', 3],
    ['not-found', 3],
    ['queue-full', 5],
    ['engine-unavailable', 5],
    ['not-ready', 5],
    ['internal', 5],
    ['unauthenticated', 7],
    ['login-failed', 7],
  ])('of %s is %i', (code, exitCode) => {
    expect(exitCodeOf(new GantryError(code, 'why'))).toBe(exitCode);
  });

  it('of a fault of the command itself leaves open what became of it', () => {
    expect(exitCodeOf(new TypeError('x'))).toBe(5);
  });

  it('of an outcome is 0 for a success alone, and 4 where a person is needed', () => {
    const codes = Object.fromEntries(outcomes.map((outcome) => [outcome, exitCodeOfOutcome(outcome)]));
    const { succeeded, 'needs-intervention': needsIntervention, ...rest } = codes;
    expect([succeeded, needsIntervention]).toEqual([0, 4]);
    expect(new Set(Object.values(rest))).toEqual(new Set([1]));
  });
});
