import type { Colors } from 'picocolors/types.js';
import type { Screen } from './watch/screen.ts';

/** Where a command prints. */
export interface Terminal {
  readonly say: (line: string) => void;
  /** Colours on a terminal, none in a pipe. */
  readonly paint: Colors;
}

/** What a client verb has of its surroundings. */
export interface Surroundings {
  readonly terminal: Terminal;
  /** What people should know, beside the output that programs read. */
  readonly tell: (line: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Asks a person yes or no; null where nobody is there to be asked. */
  readonly confirm: ((question: string) => Promise<boolean>) | null;
  readonly input: NodeJS.ReadStream;
  /** A block that is drawn again and again; null where the output is no terminal. */
  readonly screen: (() => Screen) | null;
}

/** Foreign text without control characters. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ');
}
