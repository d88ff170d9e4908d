import type { Colors } from 'picocolors/types.js';

/** Where a command prints. */
export interface Terminal {
  readonly say: (line: string) => void;
  /** Colours where people look, none in a pipe. */
  readonly paint: Colors;
}

/** Text of others without anything that a terminal would act on. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ');
}
