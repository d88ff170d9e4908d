import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GantryError } from '../domain/base/errors.ts';
import { codeOf } from './error-code.ts';

export interface FolderLock {
  /** A process that inherits it holds the lock, too: it is free once no process has the descriptor open any more. */
  readonly descriptor: number;
  /** A second call does nothing. */
  readonly release: () => void;
}

export interface LockOptions {
  /** How long to wait for the holder; not at all when absent. */
  readonly waitMs?: number;
  /** Called before each further look. */
  readonly waiting?: (() => unknown) | undefined;
}

const { O_RDWR, O_CREAT, O_NONBLOCK } = constants;

/** open(2) of macOS and the BSDs: take the lock while opening. Node has no name for it. */
const O_EXLOCK = 0x20;
const lookAgainMs = 100;

/**
 * Takes the lock of a folder, or returns null when it is still held after the wait, by this process or another
 * one. It is the kernel's lock on the open file `lock` (flock): it ends with its holder, however that ends, and no
 * process id or age has to be evaluated. Throws `invalid-config` where the system has no such lock.
 */
export async function lockFolder(
  folder: string,
  { waitMs = 0, waiting }: LockOptions = {},
): Promise<FolderLock | null> {
  const file = lockFileOf(folder);
  const until = Date.now() + waitMs;
  for (;;) {
    const descriptor = process.platform === 'linux' ? await lockByProgram(file) : lockByOpening(file);
    if (descriptor !== null) return held(descriptor);
    if (Date.now() >= until) return null;
    await waiting?.();
    await delay(lookAgainMs);
  }
}

/** Writes into the lock's file who holds it, for people and programs that want it: process ids, the holder's first. */
export function nameHolder(descriptor: number, ...pids: readonly number[]): void {
  ftruncateSync(descriptor);
  writeSync(descriptor, `${pids.join(' ')}\n`, 0);
}

/** What `nameHolder` wrote last; empty before that. */
export async function holderOf(folder: string): Promise<readonly number[]> {
  const text = await readFile(lockFileOf(folder), 'utf8').catch(() => '');
  return text.split(/\s+/).filter(Boolean).map(Number);
}

/** `Process 4711`, for the error of a process that does not get the lock. */
export async function holderInWords(folder: string): Promise<string> {
  const [pid] = await holderOf(folder);
  return pid === undefined ? 'Another process' : `Process ${pid}`;
}

export function lockFileOf(folder: string): string {
  return join(folder, 'lock');
}

function held(descriptor: number): FolderLock {
  nameHolder(descriptor, process.pid);
  let isHeld = true;
  return {
    descriptor,
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
    throw new GantryError('invalid-config', `Locking ${file} needs the program flock (util-linux).`, { cause: error });
  }
  closeSync(descriptor);
  return null;
}

function lockByOpening(file: string): number | null {
  if (!['darwin', 'freebsd', 'openbsd', 'netbsd'].includes(process.platform))
    throw new GantryError('invalid-config', `${file} cannot be locked on ${process.platform}.`);
  try {
    return openSync(file, O_RDWR | O_CREAT | O_EXLOCK | O_NONBLOCK, 0o600);
  } catch (error) {
    if (codeOf(error) === 'EAGAIN') return null;
    throw error;
  }
}
