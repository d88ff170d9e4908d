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

  const only = (before: unknown, after: unknown) => differencesBetween({ a: before }, { a: after })[0];
  const words = (word: string, n: number) => Array.from({ length: n }, () => word).join(' ');

  it('say a long value in words, cut with an ellipsis', () => {
    const argv = Array.from({ length: 100 }, (_, i) => `--part=${i}`);
    expect(only(null, { argv, waitMs: 2_000 })).toEqual({
      pointer: '/a',
      after: expect.stringMatching(/^argv: \(--part=0, --part=1, .*, --part=\d+, …$/) as unknown,
    });
    expect(only({ waitMs: 2_000, argv }, null)?.before).toMatch(/^wait: 2 s; argv: \(--part=0, /);
    expect(only('x'.repeat(10_000), 'y'.repeat(240))).toEqual({
      pointer: '/a',
      before: `${'x'.repeat(240)} …`,
      after: 'y'.repeat(240),
    });
    // The last word fits.
    expect(only(`${words('word', 48)} x`, null)?.before).toBe(`${words('word', 48)} …`);
    expect(only([words('word', 47)], null)?.before).toEqual([words('word', 47)]);
  });

  it('show of a long value where it differs, though both begin and end with the same', () => {
    const script = (word: string) => `${words('begin', 100)} ${word} ${words('end', 100)}`;
    expect(only(script('blue'), script('green'))).toEqual({
      pointer: '/a',
      before: expect.stringMatching(/^… (begin ){6}blue (end ){45,50}…$/) as unknown,
      after: expect.stringMatching(/^… (begin ){6}green (end ){45,50}…$/) as unknown,
    });
    // What begins to differ early is shown from its beginning, and what only grew by what was added.
    expect(only(`${words('begin', 33)} blue ${words('end', 100)}`, 'begin')?.before).toMatch(/^begin /);
    expect(only(words('begin', 50), words('begin', 51))).toEqual({
      pointer: '/a',
      before: `… ${words('begin', 6)}`,
      after: `… ${words('begin', 7)}`,
    });
    const long = 'x'.repeat(1_000);
    expect(only(`${long}a`, `${long}b`)).toMatchObject({
      before: `… ${'x'.repeat(40)}a`,
      after: `… ${'x'.repeat(40)}b`,
    });
  });

  it('cut no character in two', () => {
    const [before, after] = [`x${'🙂'.repeat(200)}`, `x${'🙂'.repeat(300)}`];
    for (const { before: cut } of [only(before, null), only(before, after), only(after, before)] as {
      before: string;
    }[])
      expect(cut.isWellFormed()).toBe(true);
  });
});
