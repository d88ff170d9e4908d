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

/** A test that takes longer with a mutant, where it took so long without any, will never end. A busy machine is no mutant. */
export const maxMsAfter = (usualMs: number) => Math.ceil(60_000 + 10 * usualMs);

/** What a process is at: a test with a mutant, or after it was there, and how long its file may say so. */
export interface Attempt {
  readonly mutant: string;
  readonly isThere: boolean;
  readonly maxMs: number;
}
