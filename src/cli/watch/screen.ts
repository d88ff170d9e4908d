import type { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import sliceAnsi from 'slice-ansi';

/** A block of lines at the end of a terminal that is drawn again and again, at most five times a second. */
export interface Screen {
  /** Shows these lines instead of those before. */
  draw(lines: readonly string[]): void;
  /** Draws what is still to be drawn, and leaves it there. */
  end(): void;
}

const paceMs = 200;

/** How many rows a line takes: one that was drawn on a wider terminal is wrapped by now. */
function rowsOf(line: string, columns: number): number {
  let rows = 1;
  while (stripVTControlCharacters(sliceAnsi(line, rows * columns)) !== '') rows += 1;
  return rows;
}

/** Draws on a terminal of `columns()` columns and `rows()` rows; lines are cut at its edge, so that a block has as many rows as lines. */
export function screenOn(
  out: Pick<Writable, 'write'>,
  size: () => { readonly columns: number; readonly rows: number },
): Screen {
  let shown: readonly string[] = [];
  let waiting: readonly string[] | null = null;
  let timer: NodeJS.Timeout | null = null;
  const paintNow = () => {
    timer = null;
    if (!waiting) return;
    // A terminal that nobody has given a size says 0.
    const { columns, rows } = size();
    const width = columns || 80;
    const height = rows || 24;
    const lines = waiting.slice(-Math.max(1, height - 1)).map((line) => sliceAnsi(line, 0, width));
    waiting = null;
    const above = shown.reduce((sum, line) => sum + rowsOf(line, width), 0);
    const up = above === 0 ? '' : `\u001b[${above}A`;
    // In one go: no reader sees half of it.
    out.write(`${up}\r\u001b[0J${lines.join('\r\n')}\r\n`);
    shown = lines;
    timer = setTimeout(paintNow, paceMs);
  };
  return {
    draw(lines) {
      waiting = lines;
      if (!timer) paintNow();
    },
    end() {
      if (timer) clearTimeout(timer);
      if (waiting) paintNow();
      if (timer) clearTimeout(timer);
    },
  };
}
