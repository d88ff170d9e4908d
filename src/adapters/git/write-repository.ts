import { type ChildProcess, fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { SecretReader } from '../../domain/adapters.ts';
import type { PlannedRepository } from '../../domain/documents/planned.ts';
import { formatDuration } from '../../domain/duration.ts';
import { holdSignal } from '../../time-limit.ts';
import { endGroup } from '../process/end-group.ts';
import { usualPath } from '../process/run-command.ts';
import { scratchFolder } from '../process/scratch.ts';
import { watchOver } from '../process/warden.ts';
import type { FileJob, RepositoryAnswer, RepositoryJob } from './job.ts';

export interface Writing {
  readonly repository: Pick<PlannedRepository, 'url' | 'branch' | 'author' | 'credentials'>;
  readonly files: readonly FileJob[];
  readonly message: string;
}

interface Surroundings {
  readonly secrets: SecretReader;
  readonly signal: AbortSignal;
  /** A remote that has not answered by then hangs. */
  readonly limitMs: number;
  /** Where git is looked for; a usual list when absent. */
  readonly path?: string;
}

/**
 * Writes files into one branch of a repository, by git in a process group of its own that is gone when this resolves,
 * whatever ended it. Throws `secret-missing`.
 */
export async function writeRepository(writing: Writing, around: Surroundings): Promise<RepositoryAnswer> {
  const { secrets, signal, limitMs, path = usualPath } = around;
  const { url, branch, author, credentials } = writing.repository;
  const authorization = credentials && (await headerOf(credentials, secrets));
  const folder = await scratchFolder();
  try {
    const { files, message } = writing;
    const job: RepositoryJob = { folder, path, url, branch, author, authorization, files, message };
    const answer = await answerOf(job, signal, limitMs);
    return answer.kind === 'failed' ? { ...answer, why: secrets.mask(answer.why) } : answer;
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function headerOf({ username, password }: NonNullable<PlannedRepository['credentials']>, secrets: SecretReader) {
  const secret = await secrets.expand(password);
  return `Authorization: Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`;
}

async function answerOf(job: RepositoryJob, signal: AbortSignal, limitMs: number): Promise<RepositoryAnswer> {
  const helper = startHelper(job);
  const { pid } = helper;
  if (pid === undefined) return failed('failed', 'the process for git could not be started');
  const letGo = watchOver(pid);
  const limit = holdSignal([signal], limitMs);
  try {
    return await new Promise<RepositoryAnswer>((resolve) => {
      helper.once('message', (answer: RepositoryAnswer) => resolve(answer));
      helper.once('error', (error) => resolve(failed('failed', error.message)));
      helper.once('exit', (code) => resolve(failed('failed', `the process for git ended (${code ?? 'by a signal'})`)));
      const stop = () =>
        resolve(
          limit.isOverdue()
            ? failed('hanging', `it gave no answer within ${formatDuration(limitMs)}`)
            : failed('failed', 'cancelled'),
        );
      if (limit.signal.aborted) stop();
      else limit.signal.addEventListener('abort', stop, { once: true });
      helper.send(job, (error) => error && resolve(failed('failed', error.message)));
    });
  } finally {
    limit.release();
    await endGroup(pid);
    letGo();
  }
}

const failed = (trouble: Extract<RepositoryAnswer, { readonly kind: 'failed' }>['trouble'], why: string) =>
  ({ kind: 'failed', trouble, why }) as const;

const isSource = import.meta.url.endsWith('.ts');

function startHelper({ folder, path }: RepositoryJob): ChildProcess {
  const file = fileURLToPath(new URL(`./git-helper.${isSource ? 'ts' : 'js'}`, import.meta.url));
  // Node 20 does not read TypeScript; whoever runs the sources has the loader for them.
  const execArgv = isSource ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] : [];
  return fork(file, {
    cwd: folder,
    execArgv,
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { PATH: path, HOME: folder },
  });
}
