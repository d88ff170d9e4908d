import { GantryError } from './errors.ts';

/** Migrations of the store, by their names, which sort in their order. */
export interface BuildSchemas {
  /** Every migration that this build knows. */
  readonly known: readonly string[];
  /** The last one that it cannot work without. */
  readonly oldest: string;
}

/** A migration that a store has, and the schema of the oldest builds that work with it from then on; null where the store does not state it. */
export interface AppliedMigration {
  readonly name: string;
  readonly carries: string | null;
}

export type StoreSchema = ReturnType<typeof requireSchema>;

/**
 * Whether a build works with a store as it is, by what the store itself says. Throws `schema-too-new` where a migration
 * that this build does not know leaves it behind, `not-ready` where one is missing that it needs.
 */
export function requireSchema(build: BuildSchemas, applied: readonly AppliedMigration[]) {
  const there = new Set(applied.map(({ name }) => name));
  const knownToIt = new Set(build.known);
  const newestOfBuild = build.known.at(-1) ?? '';
  const others = applied.filter(({ name }) => !knownToIt.has(name));
  const leavesBehind = others.filter(({ carries }) => carries === null || carries > newestOfBuild);
  if (leavesBehind.length > 0) throw tooNew(leavesBehind, newestOfBuild);
  const lacks = build.known.filter((name) => name <= build.oldest && !there.has(name));
  if (lacks.length > 0)
    throw new GantryError('not-ready', `The store lacks ${lacks.join(', ')}: run gantry migrate of this build first.`);
  return {
    /** The last migration that the store has. */
    newest: [...there].sort().at(-1) ?? '',
    /** It has migrations that this build does not know, and that carry it. */
    isNewer: others.length > 0,
  };
}

function tooNew(migrations: readonly AppliedMigration[], newestOfBuild: string): GantryError {
  const names = migrations.map(({ name }) => name).join(', ');
  return new GantryError(
    'schema-too-new',
    `The store has ${names}, with which builds that end at ${newestOfBuild} no longer work: start a newer build, or restore the store from before it.`,
  );
}
