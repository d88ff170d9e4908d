import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The command of this build. */
export const ownBuild = fileURLToPath(new URL('../../bin/gantry.js', import.meta.url));

/** One process of the `gantry` command, as built. */
export interface GantryProcess {
  readonly pid: number;
  /** Everything it has printed. */
  readonly output: () => string;
  /** Resolves when it has printed this; rejects when it ends first. */
  readonly printed: (text: string) => Promise<void>;
  readonly kill: (signal: NodeJS.Signals) => Promise<{ readonly code: number | null; readonly signal: string | null }>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** From now on nobody reads what it prints: its pipes are closed. */
  readonly closeOutput: () => void;
}

/** Starts `gantry …`, of this build or another, with an environment of exactly these variables beside PATH and HOME. */
export function startGantry(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd?: string,
  build = ownBuild,
): GantryProcess {
  const { PATH = '', HOME = '' } = process.env;
  const child: ChildProcess = spawn(process.execPath, [build, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const listener of listeners) listener();
    });
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as string | null,
  }));
  return {
    pid: child.pid ?? -1,
    output: () => output,
    ended,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!output.includes(text)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        void ended.then(() =>
          reject(new Error(`gantry ${args.join(' ')} ended before it printed ${text}:\n${output}`)),
        );
      }),
    closeOutput() {
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
    kill(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

interface Listed {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Every process of this machine: as the kernel lists them, or as `ps` does where there is no /proc. */
async function listed(): Promise<readonly Listed[]> {
  if (process.platform !== 'linux') return listedByPs();
  const all = await Promise.all(
    (await readdir('/proc'))
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => {
        try {
          const [stat, command] = await Promise.all([
            readFile(`/proc/${name}/stat`, 'utf8'),
            readFile(`/proc/${name}/cmdline`, 'utf8'),
          ]);
          const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
          return [{ pid: Number(name), parent, command: command.replaceAll('\0', ' ') }];
        } catch {
          return []; // it has just ended
        }
      }),
  );
  return all.flat();
}

async function listedByPs(): Promise<readonly Listed[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,ppid=,args=']);
  return stdout.split('\n').map((line) => {
    const [, pid, parent, command = ''] = /^ *(\d+) +(\d+) (.*)$/.exec(line) ?? [];
    return { pid: Number(pid), parent: Number(parent), command };
  });
}

/** Every process below this one, by id. */
export async function descendantsOf(pid: number): Promise<readonly number[]> {
  const all = await listed();
  const below = (of: number): number[] =>
    all.filter(({ parent }) => parent === of).flatMap((child) => [child.pid, ...below(child.pid)]);
  return below(pid);
}

/** Command lines of running processes that mention this. */
export async function mentioning(text: string): Promise<readonly string[]> {
  return (await listed()).map(({ command }) => command).filter((command) => command.includes(text));
}

/** Whether a process runs; a dead one whose parent has not collected it does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}
