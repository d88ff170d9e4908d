import { rm } from 'node:fs/promises';
import { formatDuration } from '../../domain/base/duration.ts';
import type { SecretReader } from '../../domain/kinds/adapter.ts';
import type { PlannedRepository } from '../../domain/plan/documents.ts';
import { usualPath } from '../process/command-environment.ts';
import { askHelper } from '../process/helper.ts';
import { scratchFolder } from '../process/scratch.ts';
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
  const { folder, path } = job;
  const end = await askHelper<RepositoryAnswer>({
    name: 'git-helper.ts',
    beside: import.meta.url,
    job,
    cwd: folder,
    env: { PATH: path, HOME: folder },
    signal,
    limitMs,
  });
  switch (end.kind) {
    case 'answered':
      return end.answer;
    case 'late':
      return failed('hanging', `it gave no answer within ${formatDuration(limitMs)}`);
    case 'cancelled':
      return failed('failed', 'cancelled');
    case 'failed':
      return failed('failed', end.why);
  }
}

const failed = (trouble: Extract<RepositoryAnswer, { readonly kind: 'failed' }>['trouble'], why: string) =>
  ({ kind: 'failed', trouble, why }) as const;
