import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { sendSignal } from './send-signal.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type TrialResult =
  | { readonly kind: 'runs'; readonly output: string }
  | { readonly kind: 'broken'; readonly reason: string };

/**
 * Every regular executable file of that name on `PATH`, in its order. Relative entries are passed over: what they mean
 * depends on the current folder, which may be a stranger's.
 */
export async function executablesOnPath(name: string, env: Environment): Promise<readonly string[]> {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  const found: string[] = [];
  for (const folder of new Set(folders)) {
    const file = join(folder, name);
    if (await isExecutableFile(file)) found.push(file);
  }
  return found;
}

/** Whether the path is a regular file (or a link to one) that this user may run. */
export async function isExecutableFile(file: string): Promise<boolean> {
  try {
    if (!(await stat(file)).isFile()) return false;
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs a program for its first words, at most `timeoutMs`; whatever it started goes with it. */
export function tryOut(
  file: string,
  args: readonly string[],
  options: { readonly env: Environment; readonly timeoutMs: number },
): Promise<TrialResult> {
  return new Promise((resolve) => {
    // A process group of its own: a child of the program that keeps the pipe open must not keep us waiting.
    const child = spawn(file, args, { env: { ...options.env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let output = '';
    let isLate = false;
    const take = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(0, 4_096);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const timer = setTimeout(() => {
      isLate = true;
      sendSignal(child.pid === undefined ? undefined : -child.pid, 'SIGKILL');
    }, options.timeoutMs);
    const end = (result: TrialResult): void => {
      clearTimeout(timer);
      resolve(result);
    };
    child.on('error', (error) => end({ kind: 'broken', reason: `does not start: ${error.message}` }));
    child.on('close', (code, signal) => {
      if (isLate) end({ kind: 'broken', reason: `gave no answer within ${options.timeoutMs / 1_000} s` });
      else if (code !== 0) end({ kind: 'broken', reason: `ended with ${signal ?? `exit code ${code}`}` });
      else end({ kind: 'runs', output });
    });
  });
}
