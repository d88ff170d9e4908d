import { expect, it } from 'vitest';
import { emptyTarget } from '../../../src/domain/target/state.ts';
import { mayStartAgain } from '../../../src/temporal/start-target.ts';

it('a target that was terminated is started again by resolve alone, with what the store knows of it', () => {
  const known = emptyTarget('shop', 'production');
  expect(mayStartAgain('resolve', known)).toBe(true);
  expect(mayStartAgain('resolve', null)).toBe(false);
  expect(mayStartAgain('request', known)).toBe(false);
  expect(mayStartAgain('adopt', known)).toBe(false);
});
