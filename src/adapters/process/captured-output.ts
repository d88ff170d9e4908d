import { createHash } from 'node:crypto';
import type { CapturedOutput } from '../../domain/kinds/adapter.ts';

const shownBytes = 1024;
const keptBytes = 1024 * 1024;
/** More than the longest secret in its longest form, so that none is cut in two unseen. */
const margin = 640 * 1024;
/** So many pieces are joined into one: a program that prints byte by byte must not fill the memory with their heads. */
const maxPieces = 1_000;

/** Takes in what a program prints on one stream: its beginning up to 1 MiB and its end, whatever comes between is only counted. */
export class OutputTape {
  private first: Buffer[] = [];
  private firstBytes = 0;
  /** The end, once there is more than the beginning. */
  private last: LastBytes | null = null;
  private total = 0;

  take(chunk: Buffer): void {
    this.total += chunk.length;
    const room = keptBytes + margin - this.firstBytes;
    const part = chunk.subarray(0, room);
    if (part.length > 0) {
      this.first.push(part);
      this.firstBytes += part.length;
      if (this.first.length > maxPieces) this.first = [Buffer.concat(this.first)];
    }
    if (chunk.length <= room) return;
    this.last ??= new LastBytes(2 * margin, Buffer.concat(this.first));
    this.last.take(chunk.subarray(part.length));
  }

  /** All that was printed, as it is; null: it is more than 1 MiB. */
  whole(): Buffer | null {
    return this.total > keptBytes ? null : Buffer.concat(this.first);
  }

  /** What was printed as it may leave the adapter: `mask` has gone over all of it, across every cut. */
  masked(mask: (text: string) => string) {
    const masked = (bytes: Buffer) => mask(bytes.toString('utf8'));
    const first = Buffer.concat(this.first);
    const start = this.last === null ? masked(first) : safeStart(first, masked);
    const end = this.last === null ? start : safeEnd(this.last.bytes(), masked);
    return { start, end, isWhole: this.last === null, bytes: this.total };
  }
}

/** Standard output and standard error, one after the other: each is masked by itself, so that neither cuts through a secret of the other. */
export function capturedOutput(out: OutputTape, err: OutputTape, mask: (text: string) => string): CapturedOutput {
  const [first, second] = [out.masked(mask), err.masked(mask)];
  const errors = firstOf(second.start, Math.max(keptBytes / 2, keptBytes - Buffer.byteLength(first.start)));
  const text = firstOf(first.start, keptBytes - Buffer.byteLength(errors)) + errors;
  const isWhole =
    first.isWhole && second.isWhole && Buffer.byteLength(text) === Buffer.byteLength(first.start + second.start);
  return {
    head: firstOf(text, shownBytes),
    tail: isWhole && Buffer.byteLength(text) <= shownBytes ? '' : lastOf(first.end + second.end, shownBytes),
    bytes: first.bytes + second.bytes,
    truncated: !isWhole,
    digest: `sha256:${createHash('sha256').update(text).digest('hex')}`,
    text,
  };
}

/** The last `size` bytes of a stream, in memory of twice that size. */
class LastBytes {
  private readonly size: number;
  private readonly kept: Buffer;
  private used = 0;

  constructor(size: number, before: Buffer) {
    this.size = size;
    this.kept = Buffer.allocUnsafe(2 * size);
    this.take(before);
  }

  take(chunk: Buffer): void {
    const part = chunk.subarray(-this.size);
    if (this.used + part.length > this.kept.length) {
      this.kept.copyWithin(0, this.used - this.size, this.used);
      this.used = this.size;
    }
    part.copy(this.kept, this.used);
    this.used += part.length;
  }

  bytes(): Buffer {
    return this.kept.subarray(Math.max(0, this.used - this.size), this.used);
  }
}

/**
 * The beginning without a secret that its cut goes through: masked once more with a margin less, both are the same up
 * to the first text that the shorter cut goes through.
 */
function safeStart(bytes: Buffer, masked: (bytes: Buffer) => string): string {
  const [long, short] = [masked(bytes), masked(bytes.subarray(0, -margin))];
  let same = 0;
  while (same < short.length && short.charCodeAt(same) === long.charCodeAt(same)) same += 1;
  return short.slice(0, same).toWellFormed();
}

/** The same for the end. */
function safeEnd(bytes: Buffer, masked: (bytes: Buffer) => string): string {
  const [long, short] = [masked(bytes), masked(bytes.subarray(-margin))];
  let same = 0;
  while (same < short.length && short.at(-1 - same) === long.at(-1 - same)) same += 1;
  return same === 0 ? '' : short.slice(-same).toWellFormed();
}

function firstOf(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text.toWellFormed();
  return Buffer.from(text)
    .subarray(0, bytes)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
}

function lastOf(text: string, bytes: number): string {
  return Buffer.from(text)
    .subarray(-bytes)
    .toString('utf8')
    .replace(/^\uFFFD+/, '');
}
