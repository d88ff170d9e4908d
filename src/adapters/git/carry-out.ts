import { setTimeout as delay } from 'node:timers/promises';
import { rewriteBlock } from '../../domain/documents/block.ts';
import { differenceOf } from '../../domain/documents/difference.ts';
import { troubleOf } from '../../domain/documents/trouble.ts';
import type { FileJob, FileResult, RepositoryAnswer, RepositoryJob } from './job.ts';
import { ScratchRepository } from './scratch-repository.ts';

/** A remote that moves under every one of them is left to the next attempt. */
const mostPushes = 5;
const longestBytes = 1024 * 1024;
const plainFile = '100644';

interface Planned {
  readonly result: FileResult;
  readonly write: { readonly path: string; readonly mode: string; readonly content: string } | null;
}

/** Brings files of one branch to what they are to say, by one commit or none. A remote that moved is read and written anew. */
export async function carryOut(job: RepositoryJob): Promise<RepositoryAnswer> {
  const repository = new ScratchRepository(job);
  try {
    await repository.open();
    for (let pushes = 1; ; pushes += 1) {
      const before = await repository.fetch();
      const planned = await Promise.all(job.files.map((file) => planFile(repository, before, file)));
      const writes = planned.flatMap(({ write }) => (write ? [write] : []));
      const files = planned.map(({ result }) => result);
      if (writes.length === 0) return { kind: 'done', before, after: before, files };
      const after = await repository.commit(before, writes);
      const refusal = await repository.push(after).then(
        () => null,
        (error: unknown) => failure(error),
      );
      if (refusal === null) return { kind: 'done', before, after, files };
      if (refusal.trouble !== 'moved' || pushes === mostPushes) return refusal;
      await delay(50 + Math.random() * 200 * pushes);
    }
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): Extract<RepositoryAnswer, { readonly kind: 'failed' }> {
  const said = error instanceof Error ? error.message : String(error);
  const lines = said.split('\n').filter((line) => /^(fatal|error|remote|!)/.test(line.trim()));
  const why = (lines.length > 0 ? lines : said.split('\n')).join('; ').replace(/\s+/g, ' ').trim().slice(0, 500);
  return { kind: 'failed', trouble: troubleOf(said), why };
}

async function planFile(repository: ScratchRepository, commit: string, file: FileJob): Promise<Planned> {
  const unusable = (why: string): Planned => ({ result: { kind: 'unusable', why }, write: null });
  const found = await lookup(repository, commit, file.path);
  if (typeof found === 'string') return unusable(found);
  if (file.kind === 'block' && !found) return unusable('there is no such file');
  const text = found ? await textOf(repository, found.object) : '';
  if (text === null) return unusable('it is no UTF-8 text of at most 1 MiB');
  const mode = found?.mode ?? plainFile;
  if (file.kind === 'file') {
    if (found && text === file.content) return { result: { kind: 'same' }, write: null };
    const difference = found ? differenceOf(text, file.content) : `a new file of ${file.content.length} characters`;
    return { result: { kind: 'written', difference }, write: { path: file.path, mode, content: file.content } };
  }
  const rewriting = rewriteBlock(text, file.block, file.stamp, file.words);
  if (rewriting.kind === 'trouble') return unusable(rewriting.why);
  if (rewriting.kind !== 'rewritten') return { result: { kind: rewriting.kind }, write: null };
  const difference = differenceOf(rewriting.before, file.words);
  return { result: { kind: 'written', difference }, write: { path: file.path, mode, content: rewriting.text } };
}

/** The plain file at a path, null where there is none, or why it cannot be written: a symlink or a submodule on the way is left alone. */
async function lookup(repository: ScratchRepository, commit: string, path: string) {
  const parts = path.split('/');
  for (let depth = 1; depth < parts.length; depth += 1) {
    const folder = parts.slice(0, depth).join('/');
    const entry = await repository.entry(commit, folder);
    if (!entry) return null;
    if (entry.type !== 'tree') return `${folder} is no folder, but ${kindOf(entry.mode)}`;
  }
  const entry = await repository.entry(commit, path);
  const isFile = entry?.type === 'blob' && ['100644', '100755'].includes(entry.mode);
  return !entry || isFile ? entry : `it is no file, but ${kindOf(entry.mode)}`;
}

function kindOf(mode: string): string {
  if (mode === '120000') return 'a symlink';
  if (mode === '160000') return 'a submodule';
  return mode === '040000' ? 'a folder' : 'a file';
}

async function textOf(repository: ScratchRepository, object: string): Promise<string | null> {
  if ((await repository.size(object)) > longestBytes) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await repository.read(object));
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
