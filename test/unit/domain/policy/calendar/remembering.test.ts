import { expect, it } from 'vitest';
import { remembering } from '../../../../../src/domain/policy/calendar/remembering.ts';

/** Asks for one key after the other; answers with those that were worked out. */
function workedOut(most: number, keys: readonly string[]): readonly string[] {
  const remember = remembering<{ readonly key: string }>(most);
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

it('works out once what is asked for again', () => {
  expect(workedOut(2, ['a', 'b', 'a', 'b'])).toEqual(['a', 'b']);
});

it('forgets what it knew before it would know too much', () => {
  expect(workedOut(2, ['a', 'b', 'c', 'c', 'a', 'b'])).toEqual(['a', 'b', 'c', 'a', 'b']);
});
