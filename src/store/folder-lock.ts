import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { GantryError } from '../domain/errors.ts';

export interface FolderLock {
  /** A second call does nothing. */
  readonly release: () => void;
}

const { O_RDWR, O_CREAT, O_NONBLOCK } = constants;
/** open(2) of macOS and the BSDs: take the lock while opening. Node has no name for it. */
const O_EXLOCK = 0x20;

/**
 * Takes the lock of a folder, or answers null when somebody has it, in this process or another one. It is the
 * kernel's lock on the open file `lock` (flock): it ends with its holder, however that ends, and no process id or age
 * has to be judged. Throws `invalid-config` where the system has no such lock.
 */
export async function lockFolder(folder: string): Promise<FolderLock | null> {
  const file = join(folder, 'lock');
  const descriptor = process.platform === 'linux' ? await lockByProgram(file) : lockByOpening(file);
  if (descriptor === null) return null;
  let isHeld = true;
  return {
    release() {
      if (isHeld) closeSync(descriptor);
      isHeld = false;
    },
  };
}

/** Node cannot lock a file. The program can lock one that we have opened, and leaves the lock to us when it ends. */
async function lockByProgram(file: string): Promise<number | null> {
  const descriptor = openSync(file, O_RDWR | O_CREAT, 0o600);
  try {
    const program = spawn('flock', ['-x', '-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', descriptor] });
    const [status] = (await once(program, 'exit')) as [number | null];
    if (status === 0) return descriptor;
    if (status !== 1) throw new Error(`flock ended with ${status ?? 'a signal'}`);
  } catch (error) {
    closeSync(descriptor);
    throw new GantryError('invalid-config', 'Locking the store needs the program flock (util-linux).', {
      cause: error,
    });
  }
  closeSync(descriptor);
  return null;
}

function lockByOpening(file: string): number | null {
  if (!['darwin', 'freebsd', 'openbsd', 'netbsd'].includes(process.platform))
    throw new GantryError('invalid-config', `An embedded store cannot be locked on ${process.platform}.`);
  try {
    return openSync(file, O_RDWR | O_CREAT | O_EXLOCK | O_NONBLOCK, 0o600);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return null;
    throw error;
  }
}
