import type { Writable } from 'node:stream';

/** At most so much waits for a slow reader, in bytes: more than any command prints. What comes then is left out. */
const maxWaiting = 16 * 1024 * 1024;

/** Takes text, whole lines, and never throws. */
export interface Lines {
  readonly write: (text: string) => void;
}

/**
 * Lines to a stream that may have lost its reader, or whose reader is slow: neither ends this process nor makes it wait, since
 * the reader of a log must not hold deployments up. A line says where some are left out.
 */
export function linesTo(stream: Writable, max = maxWaiting): Lines {
  let leftOut = 0;
  // A reader may come back, and a full disk may have room again: what is written later is tried all the same.
  stream.on('error', () => undefined);
  const write = (text: string) => {
    try {
      stream.write(text);
    } catch {
      // A file is written at once, and throws; a pipe emits an error later.
    }
  };
  stream.on('drain', () => {
    if (leftOut > 0) write(`(${leftOut} lines are missing here: nobody read in time)\n`);
    leftOut = 0;
  });
  return {
    write(text) {
      if (stream.writableLength + text.length > max) leftOut += 1;
      else write(text);
    },
  };
}

export const outputLines = linesTo(process.stdout);
export const errorLines = linesTo(process.stderr);
