/** Whether a number is the one that was written: beyond 2^53 a double stands for several. */
export function isExact(value: number): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

export const inexact = 'numbers beyond 2^53 are not exact: write a smaller one, or the digits in quotes';
