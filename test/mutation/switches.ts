/** What the switches in mutated sources read and count, and what is kept from one test to the next. */
interface Switches {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number;
  mutantCoverage?: { readonly static: Hits; readonly perTest: Readonly<Record<string, Hits>> };
  /** By a test that ran before. */
  killed?: Set<string>;
  run?: () => unknown;
  /** How many runs of a test have begun. */
  runs?: number;
}
/** How often the place of each mutant was passed. */
type Hits = Readonly<Record<string, number>>;

/** The name by which mutated sources find them. */
export const switchesName = '__stryker__';
export const switches = ((globalThis as { [switchesName]?: Switches })[switchesName] ??= {});

/** A test that takes longer with a mutant will never end. It is long, since a busy machine is no mutant. */
export const maxRunMs = 60_000;

/** Stands behind the number of a mutant while the test runs once more without it. */
export const afterIt = 'was here';
