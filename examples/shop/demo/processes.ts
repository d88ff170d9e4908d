import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { promisify } from 'node:util';

const running: ChildProcess[] = [];
let isStopping = false;

/**
 * Starts a program of ours; its output goes where `hear` says. It ends with the demo. A Ctrl-C on the terminal does not
 * reach it: a second signal beside that of `stopAll` would cut its end short.
 */
export function start(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  hear: (line: string) => void,
): ChildProcess {
  if (isStopping) throw new Error('everything is being ended');
  const child = keep(
    spawn(process.execPath, [script, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, ...env },
    }),
  );
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n')) if (line.trim() !== '') hear(line);
    });
  return child;
}

function keep<T extends ChildProcess>(child: T): T {
  running.push(child);
  return child;
}

/** Starts a program of somebody else, which says nothing and ends with the demo. */
export function startProgram(program: string, args: readonly string[]): void {
  if (isStopping) throw new Error('everything is being ended');
  const child = keep(spawn(program, args, { stdio: 'ignore', detached: true }));
  child.once('error', () => running.splice(running.indexOf(child), 1));
}

/** Starts one of ours, and waits until a line of its output holds `sign`. Throws with its last words when it ends before. */
export function startUntil(sign: string, ...[script, args, env, hear]: Parameters<typeof start>): Promise<void> {
  return new Promise((resolve, reject) => {
    let last = 'without a word';
    const child = start(script, args, env, (line) => {
      last = line;
      if (line.includes(sign)) resolve();
      else hear(line);
    });
    child.once('close', () => reject(new Error(`${basename(script)} ended at its start: ${last}`)));
  });
}

/** Ends what was started, the last first, and waits until it is gone. Nothing can be started any more. */
export async function stopAll(): Promise<void> {
  isStopping = true;
  for (const child of running.splice(0).reverse()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }
}

/** Runs one of our programs to its end and answers what it printed. */
export async function run(script: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args]);
  return stdout;
}
