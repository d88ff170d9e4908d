import { expect, it } from 'vitest';
import { remembering } from '../../../../src/domain/base/remembering.ts';

/** Asks for one key after the other; answers with those that were worked out. */
function workedOut(max: number, keys: readonly string[]): readonly string[] {
  const remember = remembering<{ readonly key: string }>(max);
  const seen: string[] = [];
  for (const key of keys) {
    const found = remember(key, () => {
      seen.push(key);
      return { key };
    });
    expect(found).toEqual({ key });
  }
  return seen;
}

it('works a value out once, however often it is asked for', () => {
  expect(workedOut(2, ['a', 'b', 'a', 'b'])).toEqual(['a', 'b']);
});

it('drops the oldest value where one more would exceed the maximum', () => {
  expect(workedOut(2, ['a', 'b', 'c', 'c', 'a', 'b'])).toEqual(['a', 'b', 'c', 'a', 'b']);
});
