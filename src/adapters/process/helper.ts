import type { ChildProcess } from 'node:child_process';
import { messageOf } from '../../domain/base/errors.ts';
import { forkProgram } from '../../system/fork-program.ts';
import { holdSignal } from '../../system/time-limit.ts';
import type { CommandUser } from './command-user.ts';
import { endGroup } from './end-group.ts';
import { watchOver } from './warden.ts';

/** A program of ours that does one job in a process of its own: it gets the job as a message and answers with one. */
export interface HelperCall {
  /** Its file, as the sources have it. */
  readonly name: string;
  /** The module that it lies beside: `import.meta.url`. */
  readonly beside: string;
  readonly job: object;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly limitMs: number;
  /** Whom it runs as; as this process when absent or null. */
  readonly user?: CommandUser | null;
}

export type HelperEnd<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'late' | 'cancelled' }
  | { readonly kind: 'failed'; readonly why: string };

/** Has a helper do a job, as the head of a process group that is gone when this resolves, whatever ended it. */
export async function askHelper<Answer>(call: HelperCall): Promise<HelperEnd<Answer>> {
  const failed = (error: unknown) => ({ kind: 'failed', why: messageOf(error) }) as const;
  let helper: ChildProcess;
  // Node throws some faults at once and emits others later, which end this process if nothing listens by then.
  try {
    helper = start(call);
  } catch (error) {
    return failed(error);
  }
  const broken = new Promise<HelperEnd<Answer>>((resolve) => {
    helper.on('error', (error) => resolve(failed(error)));
  });
  const { pid } = helper;
  if (pid === undefined) return broken;
  const letGo = watchOver(pid);
  const limit = holdSignal([call.signal], call.limitMs);
  try {
    return await new Promise<HelperEnd<Answer>>((resolve) => {
      helper.once('message', (answer) => resolve({ kind: 'answered', answer: answer as Answer }));
      void broken.then(resolve);
      helper.once('exit', (code) => {
        const end = () => resolve({ kind: 'failed', why: `the process for it ended (${code ?? 'by a signal'})` });
        // Its answer may arrive after its exit.
        if (helper.connected) helper.once('disconnect', () => setImmediate(end));
        else setImmediate(end);
      });
      const stop = () => resolve({ kind: limit.isOverdue() ? 'late' : 'cancelled' });
      if (limit.signal.aborted) stop();
      else limit.signal.addEventListener('abort', stop, { once: true });
      helper.send(call.job, (error) => error && resolve({ kind: 'failed', why: error.message }));
    });
  } finally {
    limit.release();
    await endGroup(pid);
    letGo();
  }
}

function start({ name, beside, cwd, env, user }: HelperCall) {
  const as = user ? { uid: user.uid, gid: user.gid } : {};
  return forkProgram(name, beside, { cwd, detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'], env, ...as });
}
