import type { Writable } from 'node:stream';
import sliceAnsi from 'slice-ansi';

/** A block of lines at the end of a terminal that is drawn again and again, at most five times a second. */
export interface Screen {
  /** Shows these lines instead of those before. */
  draw(lines: readonly string[]): void;
  /** Draws what is still to be drawn, and leaves it there. */
  end(): void;
}

const paceMs = 200;

/** Draws on a terminal of `columns()` columns and `rows()` rows; lines are cut at its edge, so that a block has as many rows as lines. */
export function screenOn(
  out: Pick<Writable, 'write'>,
  size: () => { readonly columns: number; readonly rows: number },
): Screen {
  let shown = 0;
  let waiting: readonly string[] | null = null;
  let timer: NodeJS.Timeout | null = null;
  const paintNow = () => {
    timer = null;
    if (!waiting) return;
    const { columns, rows } = size();
    const lines = waiting.slice(-Math.max(1, rows - 1)).map((line) => sliceAnsi(line, 0, columns));
    waiting = null;
    const up = shown === 0 ? '' : `\u001b[${shown}A`;
    // In one go: no reader sees half of it.
    out.write(`${up}\r\u001b[0J${lines.join('\r\n')}\r\n`);
    shown = lines.length;
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
