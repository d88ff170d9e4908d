import { describe, expect, it } from 'vitest';
import { compare, nameOf } from './survivors.ts';

const source = `const limit = 3;

export function isMany(n: number) {
  if (n >= limit)
    return true;
  return false;
}
`;

const at = (line: number, column: number, endLine: number, endColumn: number, replacement: string) => ({
  fileName: '',
  replacement,
  location: { start: { line, column }, end: { line: endLine, column: endColumn } },
});

describe('the name of a mutant', () => {
  it('is where it stands, what stood there and what stands there now', () => {
    const named = { in: 'isMany', from: 'n >= limit', to: 'n > limit' };
    expect(nameOf(source, at(4, 7, 4, 17, 'n > limit'))).toEqual(named);
  });

  it('is the same wherever the function has moved to', () => {
    expect(nameOf(`\n\n${source}`, at(6, 7, 6, 17, 'n > limit'))).toEqual(nameOf(source, at(4, 7, 4, 17, 'n > limit')));
  });

  it('has text of several lines in one', () => {
    expect(nameOf(source, at(4, 3, 5, 17, '{}'))).toEqual({
      in: 'isMany',
      from: 'if (n >= limit) return true;',
      to: '{}',
    });
  });

  it('has both ends of what is long', () => {
    const { from } = nameOf(`const words = '${'a'.repeat(200)}';`, at(1, 15, 1, 217, '""'));
    expect(from).toBe(`'${'a'.repeat(59)} … ${'a'.repeat(29)}'`);
  });
});

describe('survivors and what explains them', () => {
  const one = { in: 'isMany', from: 'n >= limit', to: 'n > limit' };
  const explained = { ...one, why: 'nobody asks for exactly so many' };

  it('agree where each is explained', () => {
    expect(compare([one], [explained])).toEqual({ unexplained: [], outdated: [] });
  });

  it('name a survivor that nobody has explained', () => {
    expect(compare([one, { ...one, to: 'true' }], [explained]).unexplained).toEqual([{ ...one, to: 'true' }]);
  });

  it('name the second of two that have one name, where one is explained', () => {
    expect(compare([one, one], [explained]).unexplained).toEqual([one]);
    expect(compare([one, one], [{ ...explained, times: 2 }]).unexplained).toEqual([]);
  });

  it('name an explanation of a mutant that is killed', () => {
    expect(compare([], [explained]).outdated).toEqual([explained]);
    expect(compare([one], [{ ...explained, times: 2 }]).outdated).toHaveLength(1);
  });
});
