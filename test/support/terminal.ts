import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { eventually } from './eventually.ts';
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

/** Waits until the screen of a terminal shows it. */
export const shows = (terminal: Pick<TerminalProcess, 'shown'>, wanted: RegExp) =>
  eventually(
    () => Promise.resolve(terminal.shown().join('\n')),
    (shown) => wanted.test(shown),
  );

/** What a terminal shows nothing of: the program has ended, and all that it wrote has come. */
const mark = '\u001b]0;it has ended\u0007';
/**
 * The terminal is taken away a moment after its process has ended, with whatever was not read by then: a shell keeps it until
 * that has been. It passes the exit code on, and leaves Ctrl-C to the program.
 */
const keeper = `trap : INT; "$@"; code=$?; printf '\\033]0;it has ended\\007'; read -r _; exit $code`;

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
  const child: IPty = spawn('/bin/sh', ['-c', keeper, 'sh', process.execPath, build, ...args], {
    cols: columns,
    rows,
    cwd,
    name: env['TERM'] ?? 'xterm-256color',
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  let draws = 0;
  let written = '';
  let isOver = false;
  child.onData((text) => {
    written += text;
    if (!isOver && written.includes(mark)) {
      isOver = true;
      child.write('\n');
    }
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
    written: () => written.split(mark, 1)[0] ?? '',
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
