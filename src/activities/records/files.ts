import { type ChildProcess } from 'node:child_process';
import { homedir, tmpdir } from 'node:os';
import { GantryError, messageOf } from '../../domain/base/errors.ts';
import { forkProgram } from '../../system/fork-program.ts';
import type { FileAnswer, FileJob, FileOrder } from './record-files-helper.ts';

/** A folder that has not answered by then hangs, in milliseconds. To publish takes at most 15 s in all. */
const limitMs = 4_000;

/**
 * Does work on the files of one folder, in a process beside this one, which is started when it is first needed, and again
 * after it was killed because it did not answer.
 */
export function createFileHelper(start: () => ChildProcess = startHelper, withinMs = limitMs) {
  let helper: ChildProcess | null = null;
  let orders = 0;

  const running = (): ChildProcess => {
    if (helper?.connected) return helper;
    const started = start();
    // Also between two orders: without a listener Node would end this process.
    started.on('error', () => undefined);
    // It keeps no process from ending, and any number may wait for it.
    started.unref();
    started.channel?.unref();
    started.setMaxListeners(0);
    helper = started;
    return started;
  };

  const answerOf = async (order: FileOrder): Promise<FileAnswer> => {
    try {
      return await answerTo(running(), order, withinMs);
    } catch (error) {
      return { id: order.id, kind: 'failed', why: messageOf(error) };
    }
  };

  return {
    /** Answers which of the names belong to another owner. Throws `internal` for what fails or hangs. */
    async run(job: FileJob): Promise<readonly string[]> {
      orders += 1;
      const answer = await answerOf({ id: orders, job });
      if (answer.kind === 'done') return answer.foreign;
      throw new GantryError('internal', `The records folder ${job.folder}: ${answer.why}.`);
    },
  };
}

function answerTo(helper: ChildProcess, order: FileOrder, withinMs: number): Promise<FileAnswer> {
  return new Promise((resolve) => {
    const end = (answer: FileAnswer) => {
      clearTimeout(timer);
      helper.off('message', onMessage).off('error', onError).off('exit', onExit);
      resolve(answer);
    };
    const failed = (why: string) => end({ id: order.id, kind: 'failed', why });
    const onMessage = (raw: unknown) => {
      const answer = raw as FileAnswer;
      if (answer.id === order.id) end(answer);
    };
    const onError = (error: Error) => failed(error.message);
    const onExit = () => failed('the process that writes there ended');
    const timer = setTimeout(() => {
      // What it waits for may never come; the next one begins anew.
      helper.kill('SIGKILL');
      failed(`it did not answer within ${withinMs / 1_000} s`);
    }, withinMs);
    helper.on('message', onMessage).on('error', onError).on('exit', onExit);
    helper.send(order, (error) => error && failed(error.message));
  });
}

function startHelper(): ChildProcess {
  return forkProgram('record-files-helper.ts', import.meta.url, {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { HOME: homedir(), TMPDIR: tmpdir() },
  });
}

/** The one of this process. */
export const recordFiles = createFileHelper();
