import { confirmOnTerminal } from '../cli/confirm.ts';
import { variable } from '../cli/environment.ts';
import type { Surroundings, Terminal } from '../cli/terminal.ts';
import { screenOn } from '../cli/watch/screen.ts';
import { errorLines } from './lines.ts';

/** What a client verb has around it in this process. */
export function surroundings(terminal: Terminal): Surroundings {
  const { stdin, stdout, stderr } = process;
  // Some CI systems give their jobs a terminal, and nobody sits at it.
  const isAttended = variable(process.env, 'CI') === null;
  return {
    terminal,
    tell: (line) => errorLines.write(`${line}\n`),
    environment: process.env,
    input: stdin,
    screen:
      // One that knows no more than lines, as editors have it, cannot be drawn on.
      isAttended && stdout.isTTY && process.env['TERM'] !== 'dumb'
        ? () => screenOn(stdout, () => ({ columns: stdout.columns, rows: stdout.rows }))
        : null,
    confirm: isAttended && stdin.isTTY && stderr.isTTY ? confirmOnTerminal : null,
  };
}
