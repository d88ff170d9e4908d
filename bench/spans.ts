/** What a series of measurements came to, in milliseconds or counts. */
export interface Series {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
  /** The largest median that is wanted, with what it is about. */
  readonly budget?: number;
  /** What is wanted holds for each of them, not for their median. */
  readonly isOfMost?: true;
  /** What the engine itself takes for the same: the median is told as a multiple of its median, too. */
  readonly own?: readonly number[];
  /** The largest multiple of it that is wanted. */
  readonly ownBudget?: number;
}

const round = (value: number) => (value < 10 ? Math.round(value * 100) / 100 : Math.round(value));

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const at = (i: number) => sorted[i] ?? Number.NaN;
  return sorted.length % 2 === 1 ? at(Math.floor(middle)) : (at(middle - 1) + at(middle)) / 2;
}

/** One line: minimum, median and maximum, and whether the budget was kept. */
export function line({ name, unit, values, budget, isOfMost, own, ownBudget }: Series): string {
  const [min, max] = [Math.min(...values), Math.max(...values)];
  const numbers = [min, median(values), max].map((value) => String(round(value)).padStart(8)).join('');
  const held = budget === undefined ? '' : `  ${kept(isOfMost ? max : median(values), budget)}`;
  const multiple = own && median(values) / median(own);
  const ofOwn = multiple === undefined ? '' : `  ${round(multiple)} × the engine's own`;
  const heldOwn = multiple === undefined || ownBudget === undefined ? '' : ` ${kept(multiple, ownBudget)}`;
  return `${name.padEnd(58)}${numbers} ${unit.padEnd(6)}${held}${ofOwn}${heldOwn}`;
}

const kept = (value: number, budget: number) => `≤ ${budget} ${value <= budget ? 'kept' : 'MISSED'}`;
