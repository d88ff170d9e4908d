import { createHash } from 'node:crypto';
import type { CapturedOutput } from '../../domain/adapters.ts';

const shown = 1024;
const keptBytes = 1024 * 1024;
/** More than the longest secret in its longest form, so that none is cut in two unseen. */
const margin = 512 * 1024;

/** Takes in what a program prints: its beginning up to 1 MiB and its end, whatever comes between is only counted. */
export class OutputTape {
  private readonly first: Buffer[] = [];
  private firstBytes = 0;
  private last: Buffer = Buffer.alloc(0);
  private total = 0;

  take(chunk: Buffer): void {
    this.total += chunk.length;
    const room = keptBytes + margin - this.firstBytes;
    if (room > 0) {
      const part = chunk.subarray(0, room);
      this.first.push(part);
      this.firstBytes += part.length;
    }
    if (chunk.length > room)
      this.last = Buffer.concat([this.last, chunk.subarray(Math.max(0, room))]).subarray(-margin);
  }

  /** The output as it may leave the adapter: `mask` has gone over all of it, across every cut. */
  captured(mask: (text: string) => string): CapturedOutput {
    const start = mask(Buffer.concat(this.first).toString('utf8'));
    const isWhole = this.last.length === 0 && Buffer.byteLength(start) <= keptBytes;
    const text = isWhole ? start : cutBytes(start, keptBytes);
    const end = this.last.length === 0 ? start : mask(this.last.toString('utf8'));
    return {
      head: text.slice(0, shown).toWellFormed(),
      tail: text.length <= shown ? '' : end.slice(-shown).toWellFormed(),
      bytes: this.total,
      truncated: !isWhole,
      digest: `sha256:${createHash('sha256').update(text).digest('hex')}`,
      text,
    };
  }
}

function cutBytes(text: string, bytes: number): string {
  return Buffer.from(text)
    .subarray(0, bytes)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
}
