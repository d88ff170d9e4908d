import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { ownBuild } from './processes.ts';

/** `gantry` in a pseudo-terminal, and what somebody who looks at it sees. */
export interface TerminalProcess {
  /** The lines that are on the screen now, without those that are empty at its end. */
  readonly shown: () => readonly string[];
  /** All that was written to it, with colours and whatever else moves it. */
  readonly written: () => string;
  /** How often it was drawn on. */
  readonly draws: () => number;
  readonly type: (text: string) => void;
  readonly resize: (columns: number, rows: number) => void;
  readonly ended: Promise<number>;
  readonly kill: () => void;
}

/** Starts `gantry …`, of this build or another, with these variables beside PATH, on a screen of 100 columns and 30 rows. */
export function startOnTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
  columns = 100,
  build = ownBuild,
): TerminalProcess {
  const rows = 30;
  const screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 500 });
  const child: IPty = spawn(process.execPath, [build, ...args], {
    cols: columns,
    rows,
    cwd,
    name: 'xterm-256color',
    env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm-256color', ...env },
  });
  let draws = 0;
  let written = '';
  child.onData((text) => {
    written += text;
    if (text.includes('\u001b[0J')) draws += 1;
    screen.write(text);
  });
  const ended = new Promise<number>((resolve) => {
    // What was written last is shown before anybody looks.
    child.onExit(({ exitCode, signal }) => screen.write('', () => resolve(signal ? 128 + signal : exitCode)));
  });
  return {
    shown() {
      const { active } = screen.buffer;
      const lines = Array.from({ length: active.length }, (_, i) => active.getLine(i)?.translateToString(true) ?? '');
      return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1);
    },
    written: () => written,
    draws: () => draws,
    type: (text) => child.write(text),
    resize(cols, newRows) {
      screen.resize(cols, newRows);
      child.resize(cols, newRows);
    },
    ended,
    kill: () => child.kill('SIGKILL'),
  };
}
