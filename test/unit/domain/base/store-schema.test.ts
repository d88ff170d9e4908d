import { describe, expect, it } from 'vitest';
import { type AppliedMigration, requireSchema } from '../../../../src/domain/base/store-schema.ts';

const build = { known: ['0001-a', '0002-b', '0003-c'], oldest: '0002-b' };
const applied = (...names: readonly string[]): AppliedMigration[] => names.map((name) => ({ name, carries: '0001-a' }));
const evaluated = (migrations: readonly AppliedMigration[]) => {
  try {
    return requireSchema(build, migrations);
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
};

describe('a build', () => {
  it('works with every schema from the oldest that it needs to the newest that it knows', () => {
    expect(evaluated(applied('0001-a', '0002-b'))).toEqual({ newest: '0002-b', isNewer: false });
    expect(evaluated(applied('0001-a', '0002-b', '0003-c'))).toEqual({ newest: '0003-c', isNewer: false });
  });

  it('is not ready for a store that lacks what it needs, and names all of that', () => {
    expect(evaluated([])).toBe('not-ready');
    expect(evaluated(applied('0002-b'))).toBe('not-ready');
    expect(() => requireSchema(build, [])).toThrow('0001-a, 0002-b: run gantry migrate');
  });

  it('works with a newer schema whose migrations carry its own last one', () => {
    const all = applied('0001-a', '0002-b', '0003-c');
    const newer = (carries: string | null) => evaluated([...all, { name: '0004-d', carries }]);
    expect(newer('0001-a')).toEqual({ newest: '0004-d', isNewer: true });
    expect(newer('0003-c')).toEqual({ newest: '0004-d', isNewer: true });
    expect(newer('0004-d')).toBe('schema-too-new');
    expect(newer(null)).toBe('schema-too-new');
  });

  it('is left behind by any migration that does not carry it, whatever later ones carry', () => {
    const all = applied('0001-a', '0002-b', '0003-c');
    expect(evaluated([...all, { name: '0004-d', carries: '0004-d' }, ...applied('0005-e')])).toBe('schema-too-new');
  });

  it('is left behind rather than not ready where both are so: migrating would lead to nothing', () => {
    expect(evaluated([...applied('0001-a'), { name: '0004-d', carries: '0004-d' }])).toBe('schema-too-new');
  });
});
