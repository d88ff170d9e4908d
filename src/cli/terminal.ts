import type { Colors } from 'picocolors/types.js';

/** Where a command prints. */
export interface Terminal {
  readonly say: (line: string) => void;
  /** Colours on a terminal, none in a pipe. */
  readonly paint: Colors;
}

/** Foreign text without control characters. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ');
}
