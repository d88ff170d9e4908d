import { describe, expect, it } from 'vitest';
import { between, inOrder, joined } from '../../../../../src/domain/policy/calendar/stretches.ts';

const endless = Number.POSITIVE_INFINITY;
type Span = readonly [from: number, to: number];
const of = (...spans: readonly Span[]) => spans.map(([from, to]) => ({ from, to }));

describe('several sequences', () => {
  it('come in the order in which stretches begin', () => {
    expect([...inOrder([of([1, 2], [5, 6]), [], of([0, 9], [3, 4])])]).toEqual(of([0, 9], [1, 2], [3, 4], [5, 6]));
  });

  it('keep their own order where stretches begin together', () => {
    expect([...inOrder([of([1, 2]), of([1, 3]), of([1, 4])])]).toEqual(of([1, 2], [1, 3], [1, 4]));
  });
});

describe('joined stretches', () => {
  const join = (maxLength: number, ...spans: readonly Span[]) => [...joined(of(...spans), maxLength)];

  it('are one where they overlap or touch', () => {
    expect(join(100, [0, 4], [2, 3], [4, 6], [7, 8])).toEqual(of([0, 6], [7, 8]));
  });

  it('leave out what is empty or ends before it begins', () => {
    expect(join(100, [0, 0], [3, 1], [5, 6])).toEqual(of([5, 6]));
  });

  it('have no end, and nothing after them, only beyond the maximum length', () => {
    expect(join(6, [0, 4], [4, 6], [8, 9])).toEqual(of([0, 6], [8, 9]));
    expect(join(6, [0, 4], [4, 7], [8, 9])).toEqual(of([0, endless]));
  });
});

describe('what lies between stretches', () => {
  const rest = (begin: number, ...spans: readonly Span[]) => [...between(of(...spans), begin)];

  it('begins where one ends and ends where the next begins', () => {
    expect(rest(0, [2, 3], [5, 6])).toEqual(of([0, 2], [3, 5], [6, endless]));
  });

  it('begins at the end of one that had begun before, or begins then', () => {
    expect(rest(5, [1, 2], [4, 7])).toEqual(of([7, endless]));
    expect(rest(5, [5, 7])).toEqual(of([7, endless]));
    expect(rest(5, [1, 2])).toEqual(of([5, endless]));
  });

  it('is over where one has no end', () => {
    expect(rest(0, [2, endless])).toEqual(of([0, 2]));
  });
});
