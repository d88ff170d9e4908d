import { expect, it } from 'vitest';
import { shortList } from '../../../../src/domain/base/short-list.ts';

it('shows ten, and counts the others', () => {
  const of = (length: number) => Array.from({ length }, (_, i) => `${i}`);
  expect(shortList([])).toBe('');
  expect(shortList(of(10))).toBe('0, 1, 2, 3, 4, 5, 6, 7, 8, 9');
  expect(shortList(of(12))).toBe('0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more');
});
