import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import { formatDuration } from '../../domain/base/duration.ts';
import { means } from '../../domain/base/means.ts';
import type { ActionOutcome, AdapterContext, CapturedOutput } from '../../domain/kinds/adapter.ts';
import { codeOf } from '../../system/error-code.ts';
import { holdSignal } from '../../system/time-limit.ts';
import { now } from '../clock.ts';
import { capturedOutput, OutputTape } from './captured-output.ts';
import { type CommandSettings, environmentOf, ours } from './command-environment.ts';
import type { CommandUser } from './command-user.ts';
import { endGroup } from './end-group.ts';
import { type LeftBehind, lookBehind } from './report-left-behind.ts';
import { copiesFor } from './scratch.ts';
import { watchOver } from './warden.ts';
import { type WorkingFolder, workingFolder } from './working-folder.ts';

const noNul = (text: string) => !text.includes('\0');

/** A program and its arguments; never a line for a shell. */
export const commandSpecSchema = z.strictObject({
  command: z
    .array(z.string().max(8192).refine(noNul, 'an argument has no NUL'))
    .min(1)
    .max(100)
    .refine(([program]) => program !== '', 'name a program')
    .meta(
      means("A program and its arguments, without a shell, in the procedure's folder", ['./shopctl', 'start', 'blue']),
    ),
  env: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'a variable is letters, digits and _')
        .refine((name) => !ours.test(name), 'this variable is not for procedures to set'),
      z.string().max(8192).refine(noNul, 'a value has no NUL'),
    )
    .optional()
    .meta(means('Variables for it, beside the few that it always has', { TOKEN: '${secret:shop-token}' })),
});

export type CommandSpec = z.infer<typeof commandSpecSchema>;

export interface CommandResult extends Pick<ActionOutcome, 'startedAt' | 'endedAt' | 'summary'> {
  readonly kind: 'exited' | 'killed' | 'not-started';
  readonly exitCode: number | null;
  /** From the start to the exit. */
  readonly ms: number;
  readonly output: CapturedOutput;
  /** What it had started and not ended itself; null: nothing. */
  readonly leftBehind: LeftBehind | null;
}

/**
 * Runs a command in a process group of its own, with a closed stdin and an environment that holds nothing of this
 * process. Whatever ends it, the whole group is gone when this resolves. `out` keeps what it prints unmasked, secrets
 * included, for the caller. Throws `secret-missing`.
 */
export async function runCommand(
  spec: CommandSpec,
  context: AdapterContext,
  settings: CommandSettings,
  out = new OutputTape(),
): Promise<CommandResult> {
  const { secrets } = context;
  const { user = null } = settings;
  const copies = user && copiesFor(user);
  let folder: WorkingFolder | null = null;
  try {
    const [program = '', ...args] = await Promise.all(
      spec.command.map((word) => secrets.expand(word, 'secret-file', copies?.of)),
    );
    const own = await Promise.all(
      Object.entries(spec.env ?? {}).map(
        async ([name, value]) => [name, await secrets.expand(value, undefined, copies?.of)] as const,
      ),
    );
    folder = await workingFolder(context.folder, user);
    const env = { ...environmentOf(context, settings), ...Object.fromEntries(own) };
    return await runIn({ cwd: folder.path, env, user }, program, args, context, out);
  } finally {
    // What the command did is known by now; copies that resist must not make that unknown.
    await folder?.leave();
    await copies?.remove().catch(() => undefined);
  }
}

/** Where and as whom a command runs. */
interface Place {
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly user: CommandUser | null;
}

async function runIn(
  place: Place,
  program: string,
  args: readonly string[],
  { signal, timeoutMs, secrets }: AdapterContext,
  out: OutputTape,
): Promise<CommandResult> {
  const startedAt = now();
  const began = performance.now();
  let ms: number | null = null;
  const err = new OutputTape();
  const result = (
    kind: CommandResult['kind'],
    exitCode: number | null,
    summary: string,
    leftBehind: LeftBehind | null = null,
  ): CommandResult => ({
    kind,
    exitCode,
    startedAt,
    endedAt: now(),
    ms: ms ?? Math.round(performance.now() - began),
    summary: secrets.mask(summary),
    output: capturedOutput(out, err, (text) => secrets.mask(text)),
    leftBehind,
  });
  if (signal.aborted) return result('not-started', null, 'cancelled before it started');
  const child = start(program, args, place);
  const { pid } = child;
  if (pid === undefined)
    return result('not-started', null, `not started: ${'code' in child ? child.code : await startError(child)}`);
  child.stdout.on('data', (chunk: Buffer) => out.take(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.take(chunk));
  const letGo = watchOver(pid);
  const limit = holdSignal([signal], timeoutMs);
  try {
    const exit = await Promise.race([once(child, 'exit'), stopped(limit.signal)]);
    // The exit is the answer; ending what the command left behind is not part of it.
    ms = Math.round(performance.now() - began);
    const behind = exit === 'stopped' ? null : await lookBehind(pid, (text) => secrets.mask(text));
    await endGroup(pid);
    await closed(child);
    const left = (await behind?.()) ?? null;
    if (exit === 'stopped')
      return result('killed', null, limit.isOverdue() ? `timed out after ${formatDuration(timeoutMs)}` : 'cancelled');
    const [code, killedBy] = exit as Exit;
    if (code === null) return result('killed', null, `ended by ${killedBy ?? 'a signal'}`, left);
    return result('exited', code, `exit ${code}`, left);
  } finally {
    limit.release();
    letGo();
  }
}

/**
 * Some faults are thrown, such as E2BIG or a NUL in a secret. Their messages quote what they refuse, so only the code leaves.
 * A command that runs as another user has none of this process's groups: libuv drops them before it changes the user.
 */
function start(program: string, args: readonly string[], { cwd, env, user }: Place) {
  const as = user ? { uid: user.uid, gid: user.gid } : {};
  try {
    return spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...as });
  } catch (error) {
    return { pid: undefined, code: codeOf(error) ?? unknownError };
  }
}

async function startError(child: ChildProcess): Promise<string> {
  const [error] = (await once(child, 'error')) as [unknown];
  return codeOf(error) === 'ENOENT' ? 'there is no such program' : (codeOf(error) ?? unknownError);
}

const unknownError = 'unknown error';

/** The code of an exit, or the signal that ended it. */
type Exit = [code: number | null, signal: NodeJS.Signals | null];

/** The group is gone, so its ends of the pipes are closed; what is still in them is read. */
function closed(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(late);
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve();
    };
    const late = setTimeout(done, 1_000);
    child.once('close', done);
    if (child.stdout?.closed !== false && child.stderr?.closed !== false) done();
  });
}

function stopped(signal: AbortSignal): Promise<'stopped'> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped'), { once: true }));
}
