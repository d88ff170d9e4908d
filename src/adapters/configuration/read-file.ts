import { formatDuration } from '../../domain/base/duration.ts';
import type { CommandUser } from '../process/command-user.ts';
import { askHelper } from '../process/helper.ts';

export interface FileJob {
  readonly file: string;
  /** Nothing below these is read, whatever links lead there. */
  readonly closed: readonly string[];
  readonly maxBytes: number;
}
/** The file in base64, or why it is not read. */
export type FileAnswer = { readonly base64: string } | { readonly why: string };

/**
 * Reads a plain file in a separate process that runs as the user of commands, and is killed when the file system does not
 * answer in time.
 */
export async function readFile(
  job: FileJob,
  signal: AbortSignal,
  limitMs: number,
  user: CommandUser | null,
): Promise<Uint8Array | { readonly why: string }> {
  const call = { name: 'file-helper.mjs', beside: import.meta.url, job, cwd: '/', env: {}, signal, limitMs, user };
  const end = await askHelper<FileAnswer>(call);
  switch (end.kind) {
    case 'answered':
      return 'why' in end.answer ? end.answer : Buffer.from(end.answer.base64, 'base64');
    case 'late':
      return { why: `no answer within ${formatDuration(limitMs)}` };
    case 'cancelled':
      return { why: 'cancelled' };
    case 'failed':
      return { why: end.why };
  }
}
