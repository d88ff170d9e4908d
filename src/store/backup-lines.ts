import { createHash, type Hash } from 'node:crypto';
import { z } from 'zod';
import { GantryError } from '../domain/base/errors.ts';

/**
 * A backup is text, a line of JSON for each row: it can be read without Gantry, and goes from one engine to the other. The
 * first line says what it is, the last one has a digest of everything before it, so that a backup that was cut or changed
 * is never taken for a whole one.
 */
const headSchema = z.strictObject({
  gantry: z.literal('backup'),
  v: z.literal(1),
  /** When it was taken (ISO 8601 UTC): it holds what the store held at one instant not before. */
  takenAt: z.iso.datetime(),
  /** The schema, by the migrations that had made it. */
  migrations: z.array(z.string().regex(/^[0-9a-z-]{1,100}$/)).min(1),
});
export type BackupHead = z.infer<typeof headSchema>;

const tailSchema = z.strictObject({
  /** SHA-256 of every byte before this line, hex. */
  sha256: z.string(),
  rows: z.record(z.string(), z.int().min(0)),
});
export type BackupTail = z.infer<typeof tailSchema>;

const rowPattern = /^\{"table":"([a-z_]{1,63})","row":(\{.*\})\}$/s;

/** Writes a backup line by line. `write` takes whole lines. */
export function createBackupWriter(write: (text: string) => Promise<void>) {
  const hash = createHash('sha256');
  const rows: Record<string, number> = {};
  const add = async (line: string) => {
    hash.update(line);
    await write(line);
  };
  return {
    begin: (head: BackupHead) => add(`${JSON.stringify(head)}\n`),
    /** `json`: rows of a table, each as one line of JSON. */
    async rows(table: string, json: readonly string[]): Promise<void> {
      rows[table] = (rows[table] ?? 0) + json.length;
      if (json.length > 0) await add(json.map((row) => `{"table":"${table}","row":${row}}\n`).join(''));
    },
    async end(): Promise<BackupTail> {
      const tail = { sha256: hash.copy().digest('hex'), rows };
      await write(`${JSON.stringify(tail)}\n`);
      return tail;
    },
  };
}

/** Reads a line between the first and the last of a backup. Throws `invalid-backup`. */
export function readRow(line: string): { readonly table: string; readonly json: string } {
  const [, table, json] = rowPattern.exec(line) ?? [];
  if (table === undefined || json === undefined) throw unreadable('it has a line that is no row of a table');
  return { table, json };
}

/** Reads the first line of a backup. Throws `invalid-backup`. */
export function readHead(line: string): BackupHead {
  return parsed(headSchema, line, 'it does not begin as one');
}

/**
 * Reads a backup to its end and returns its first and last line, before any of its content is used. Throws
 * `invalid-backup` where the content does not match the digest.
 */
export async function checkBackup(lines: AsyncIterable<string>): Promise<BackupHead & BackupTail> {
  const hash: Hash = createHash('sha256');
  const rows: Record<string, number> = {};
  let head: BackupHead | null = null;
  let last: string | null = null;
  for await (const line of lines) {
    if (last !== null) {
      if (head === null) head = readHead(last);
      else {
        const { table } = readRow(last);
        rows[table] = (rows[table] ?? 0) + 1;
      }
      hash.update(`${last}\n`);
    }
    last = line;
  }
  if (head === null || last === null) throw unreadable('it is empty');
  const tail = parsed(tailSchema, last, 'its end is missing: it was cut, or is still being written');
  if (tail.sha256 !== hash.digest('hex')) throw unreadable('its content is not what was written: the SHA-256 differs');
  const isOther = Object.entries(tail.rows).some(([table, count]) => (rows[table] ?? 0) !== count);
  if (isOther) throw unreadable('it does not have the rows that it counts');
  return { ...head, ...tail };
}

function parsed<T>(schema: z.ZodType<T>, line: string, why: string): T {
  try {
    return schema.parse(JSON.parse(line));
  } catch (cause) {
    throw new GantryError('invalid-backup', `This is no whole backup: ${why}.`, { cause });
  }
}

const unreadable = (why: string) => new GantryError('invalid-backup', `This is no whole backup: ${why}.`);
