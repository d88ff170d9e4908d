import { expect, it } from 'vitest';
import { pick } from '../../../../src/domain/base/pick.ts';

it('takes the members that are named, in that order, and leaves out those that are absent or undefined', () => {
  const value: { readonly a: number; readonly b: string | null; readonly c?: string | undefined; readonly d?: string } =
    { a: 1, b: null, c: undefined };
  expect(JSON.stringify(pick(value, 'b', 'a'))).toBe('{"b":null,"a":1}');
  expect(pick(value, 'a', 'c', 'd')).toStrictEqual({ a: 1 });
});
