import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../domain/base/errors.ts';
import { rewriteBlock } from '../../domain/documents/block.ts';
import { differenceOf } from '../../domain/documents/difference.ts';
import { placeTakenBy } from '../../domain/documents/place-taken.ts';
import { troubleOf } from '../../domain/documents/trouble.ts';
import { utf8Of } from '../../system/utf8.ts';
import type { FileJob, FileResult, RepositoryAnswer, RepositoryJob } from './job.ts';
import { ScratchRepository, type Write } from './scratch-repository.ts';

/** A remote that moves under every one of them is left to the next attempt. */
const maxPushes = 5;
const maxBytes = 1024 * 1024;
const plainFile = '100644';

/** Brings files of one branch to what they are to say, by one commit or none. A remote that moved is read and written anew. */
export async function carryOut(job: RepositoryJob): Promise<RepositoryAnswer> {
  const repository = new ScratchRepository(job);
  try {
    await repository.open();
    for (let pushes = 1; ; pushes += 1) {
      const before = await repository.fetch();
      const writes = new Map<string, Write>();
      const files: FileResult[] = [];
      // One after the other: two blocks of one file are both in what is committed.
      for (const file of job.files) {
        const { result, write } = await planFile(repository, before, file, writes.get(file.path));
        files.push(result);
        if (write) writes.set(file.path, write);
      }
      if (writes.size === 0) return { kind: 'done', before, after: before, files };
      const after = await repository.commit(before, writes);
      const refusal = await repository.push(after).then(() => null, failure);
      if (refusal === null) return { kind: 'done', before, after, files };
      if (refusal.trouble !== 'moved' || pushes === maxPushes) return refusal;
      await delay(50 + Math.random() * 200 * pushes);
    }
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): Extract<RepositoryAnswer, { readonly kind: 'failed' }> {
  const message = messageOf(error);
  const lines = message.split('\n');
  const faults = lines.filter((line) => /^(fatal|error|remote|!)/.test(line.trim()));
  const why = (faults.length > 0 ? faults : lines).join('; ').replace(/\s+/g, ' ').trim().slice(0, 500);
  return { kind: 'failed', trouble: troubleOf(message), why };
}

/** `earlier`: as another document in the same file has left it. */
async function planFile(
  repository: ScratchRepository,
  commit: string,
  file: FileJob,
  earlier: Write | undefined,
): Promise<{ readonly result: FileResult; readonly write: Write | null }> {
  const unusable = (why: string) => ({ result: { kind: 'unusable', why }, write: null }) as const;
  const found = await lookup(repository, commit, file.path);
  if (typeof found === 'string') return unusable(found);
  if (file.kind === 'block' && !found) return unusable('there is no such file');
  const text = earlier?.content ?? (found ? await textOf(repository, found.object) : '');
  if (text === null) return unusable('it is no UTF-8 text of at most 1 MiB');
  const mode = found?.mode ?? plainFile;
  const planned = file.kind === 'record' ? planRecord(file, found ? text : null) : planBlock(file, text);
  return { result: planned.result, write: planned.content === null ? null : { mode, content: planned.content } };
}

interface PlannedText {
  readonly result: FileResult;
  /** Null: it stays as it is. */
  readonly content: string | null;
}
const left = (result: FileResult): PlannedText => ({ result, content: null });

function planBlock(file: Extract<FileJob, { kind: 'block' }>, text: string): PlannedText {
  const rewriting = rewriteBlock(text, file.block, file.stamp, file.words);
  if (rewriting.kind === 'trouble') return left({ kind: 'unusable', why: rewriting.why });
  if (rewriting.kind !== 'rewritten') return left(rewriting);
  const { before, isSame, text: content } = rewriting;
  const difference = differenceOf(before, file.words);
  return { result: isSame ? { kind: 'same' } : { kind: 'written', difference }, content };
}

/** `there`: null where no such file is. */
function planRecord({ content, owner }: Extract<FileJob, { kind: 'record' }>, there: string | null): PlannedText {
  if (there === content) return left({ kind: 'same' });
  const taken = there === null ? null : placeTakenBy(there, content, owner);
  if (taken === 'another') return left({ kind: 'unusable', why: `it is not the record of ${owner[0]}: move it away` });
  if (taken === 'newer') return left({ kind: 'newer', by: `a later record of ${owner[0]}` });
  const difference = there === null ? `a new file of ${content.length} characters` : differenceOf(there, content);
  return { result: { kind: 'written', difference }, content };
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
  return (await repository.size(object)) > maxBytes ? null : utf8Of(await repository.read(object), { keepMark: true });
}
