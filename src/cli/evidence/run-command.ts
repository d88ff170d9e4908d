import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { GantryError } from '../../domain/base/errors.ts';
import type { Environment } from '../environment.ts';

/** How a command ended. */
export interface CommandEnd {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly finishedAt: number;
  /** As a shell has it: 128 and its number where a signal has ended it. */
  readonly exitCode: number;
  /** `exit code 3`, `SIGKILL`. */
  readonly how: string;
  /** The first signal that came while it ran, and was meant to end it. */
  readonly interruptedBy: NodeJS.Signals | null;
}

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/**
 * Runs a command without a shell, on the input and output of this process, and waits for its end. Signals reach it, and this
 * process lives on until it has ended. Throws `invalid-config` where it cannot be started.
 */
export async function runCommand(command: readonly string[], environment: Environment): Promise<CommandEnd> {
  const [program = '', ...args] = command;
  let interruptedBy: NodeJS.Signals | null = null;
  let forward: (signal: NodeJS.Signals) => void = () => undefined;
  const isOnTerminal = hasTerminal();
  const onSignal = (signal: NodeJS.Signals) => {
    interruptedBy ??= signal;
    // A terminal has sent these to the command already; test runners take a second one for impatience.
    if (!isOnTerminal || signal === 'SIGTERM' || signal === 'SIGHUP') forward(signal);
  };
  for (const signal of forwarded) process.on(signal, onSignal);
  try {
    const startedAt = Date.now();
    const child = spawn(program, args, { stdio: 'inherit', env: { ...environment } });
    forward = (signal) => void child.kill(signal);
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject);
      // Not `close`: what it leaves running may hold the output for as long as it likes.
      child.once('exit', (...end) => resolve(end));
    }).catch((cause: NodeJS.ErrnoException) => {
      throw new GantryError('invalid-config', `${program} cannot be started (${cause.code ?? cause.message}).`, {
        cause,
      });
    });
    return {
      startedAt,
      finishedAt: Date.now(),
      exitCode: code ?? exitCodeOfSignal(signal ?? 'SIGKILL'),
      how: signal ?? `exit code ${code}`,
      interruptedBy,
    };
  } finally {
    for (const signal of forwarded) process.off(signal, onSignal);
  }
}

/** The exit code of a process that a signal has ended, as shells have it. */
export const exitCodeOfSignal = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

/** Whether a terminal controls this process, wherever its output goes. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
