import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { GantryError, messageOf } from '../../domain/base/errors.ts';
import type { CommandUser } from './command-user.ts';

/** What commands must not be able to do, and what they must. */
export interface Bounds {
  /** Files and folders that only the worker may read. */
  readonly unreadable: readonly string[];
  /** The same, to write. */
  readonly unwritable: readonly string[];
  /** What commands are run from. */
  readonly readable: readonly string[];
}

/**
 * Answers each bound that is broken, with a NUL behind it. A shell asks the
 * system itself, with the rights that it has by then. In a folder with the sticky bit users can replace only their own files.
 */
const script = `for bound; do file=\${bound#?:}; case $bound in
  r:*) [ -r "$file" ] ;;
  w:*) [ -w "$file" ] && ! [ -k "$file" ] ;;
  n:*) ! { [ -r "$file" ] && [ -x "$file" ]; } ;;
esac && printf '%s\\0' "$bound"; done; exit 0`;

const limitMs = 10_000;

/**
 * What a user can do that they must not, and cannot do that they must, in words; empty where all is as it should be. Asked
 * of the system by a process that runs as that user. Throws `invalid-config` where none can be started, or be ended.
 */
export async function brokenBounds(user: CommandUser, bounds: Bounds): Promise<readonly string[]> {
  const asked = [
    ...bounds.unreadable.map((file) => `r:${file}`),
    ...bounds.unwritable.map((file) => `w:${file}`),
    ...bounds.readable.map((file) => `n:${file}`),
  ];
  const { uid, gid, name } = user;
  const child = spawn('/bin/sh', ['-c', script, 'sh', ...asked], {
    uid,
    gid,
    cwd: '/',
    env: {},
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  try {
    await once(child, 'spawn');
    requireEndable(child, name);
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`/bin/sh ended with ${code ?? 'a signal'}`);
  } catch (cause) {
    if (cause instanceof GantryError) throw cause;
    const why = messageOf(cause);
    throw new GantryError(
      'invalid-config',
      `GANTRY_COMMAND_USER: nothing can be started as ${name} (${why}): the worker must be root with the capabilities SETUID and SETGID.`,
      { cause },
    );
  } finally {
    clearTimeout(timer);
  }
  return printed.split('\0').filter(Boolean).map(wordsOf);
}

/** The right to start a process as another user does not include the right to end it. */
function requireEndable({ pid = 0 }: ChildProcess, name: string): void {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return;
    throw new GantryError(
      'invalid-config',
      `GANTRY_COMMAND_USER: what runs as ${name} cannot be ended: the worker needs the capability KILL.`,
      { cause },
    );
  }
}

function wordsOf(bound: string): string {
  const file = bound.slice(2);
  if (bound.startsWith('r')) return `can read ${file}`;
  return bound.startsWith('w') ? `can write to ${file}` : `cannot read ${file}`;
}
