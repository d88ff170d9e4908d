import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

const running: ChildProcess[] = [];

/** Starts a program of ours; its output goes where `hear` says. It ends with the demo. */
export function start(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  hear: (line: string) => void,
): ChildProcess {
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  running.push(child);
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n')) if (line.trim() !== '') hear(line);
    });
  return child;
}

/** Ends what was started, the last first, and waits until it is gone. */
export async function stopAll(): Promise<void> {
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
