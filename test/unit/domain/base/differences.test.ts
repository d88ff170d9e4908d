import { describe, expect, it } from 'vitest';
import { differencesBetween } from '../../../../src/domain/base/differences.ts';

const steps = [
  { id: 'start', title: 'Start', argv: ['a', 'b'] },
  { id: 'switch', title: 'Switch', argv: ['c'] },
];

describe('differences', () => {
  it('are listed leaf by leaf, with the values before and after; absent and null are the same', () => {
    expect(differencesBetween({ a: { b: 1, c: 'x' }, d: null }, { a: { b: 2, c: 'x' } })).toEqual([
      { pointer: '/a/b', before: 1, after: 2 },
    ]);
    expect(differencesBetween({ a: 1, same: [{}] }, { 'b/c': 2, same: [{}] })).toEqual([
      { pointer: '/a', before: 1 },
      { pointer: '/b~1c', after: 2 },
    ]);
    expect(differencesBetween(steps, structuredClone(steps))).toEqual([]);
  });

  it('find members of a list again by their name, so that one more changes nothing else', () => {
    const added = { id: 'warm-up', title: 'Warm up', argv: [] };
    expect(differencesBetween({ steps }, { steps: [added, ...steps] })).toEqual([
      { pointer: '/steps/warm-up', after: added },
    ]);
    const renamed = steps.map((step) => (step.id === 'switch' ? { ...step, title: 'Move' } : step));
    expect(differencesBetween({ steps }, { steps: renamed })).toEqual([
      { pointer: '/steps/switch/title', before: 'Switch', after: 'Move' },
    ]);
  });

  it('see that members have changed their order', () => {
    expect(differencesBetween(steps, steps.toReversed())).toEqual([
      { pointer: '', before: ['start', 'switch'], after: ['switch', 'start'] },
    ]);
  });

  it('name a word of a list by its index, and the whole list where it is longer or shorter', () => {
    expect(differencesBetween(['a', 'b', 'c'], ['a', 'x', 'c'])).toEqual([{ pointer: '/1', before: 'b', after: 'x' }]);
    expect(differencesBetween({ argv: ['a', 'b'] }, { argv: ['b'] })).toEqual([
      { pointer: '/argv', before: ['a', 'b'], after: ['b'] },
    ]);
    const twice = [1, 2].map((n) => ({ id: 'x', n }));
    expect(differencesBetween(twice, [{ id: 'x', n: 1 }])).toEqual([
      { pointer: '', before: twice, after: [{ id: 'x', n: 1 }] },
    ]);
  });

  it('cut long values', () => {
    const [found] = differencesBetween({ a: 'x'.repeat(10_000) }, { a: { long: 'y'.repeat(10_000) } });
    expect(found?.before).toMatch(/^x{160} … x{60}$/);
    expect(found?.after).toMatch(/^\{"long":"y+ … y+"\}$/);
  });
});
