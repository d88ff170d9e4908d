import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { GantryError } from '../../../domain/base/errors.ts';

/** Reports of a whole test run may be large. */
const maxBytes = 64 * 1024 * 1024;

/** A report as a file. */
export interface ReportFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

/**
 * The named reports, one list for each name: a file, a folder (all files in it with that ending, at any depth) or a glob.
 * Each name must match something (`invalid-config`); no file is read twice; all together have at most 64 MiB (`too-large`).
 */
export async function findReports(
  names: readonly string[],
  ending: '.xml' | '.json',
): Promise<readonly (readonly ReportFile[])[]> {
  const seen = new Set<string>();
  let bytes = 0;
  const found: ReportFile[][] = [];
  for (const name of names) {
    const files = await filesOf(name, ending);
    if (files.length === 0) throw new GantryError('invalid-config', `No report is found by ${name}.`);
    const group: ReportFile[] = [];
    for (const file of files) {
      const real = await reading(file, () => realpath(file));
      if (seen.has(real)) continue;
      seen.add(real);
      const { size, mtimeMs } = await reading(file, () => stat(real));
      bytes += size;
      if (bytes > maxBytes)
        throw new GantryError(
          'too-large',
          `With ${file} the reports have ${bytes} bytes; at most ${maxBytes} are read.`,
        );
      group.push({ name: file, bytes: await reading(file, () => readFile(real)), modifiedAt: mtimeMs });
    }
    if (group.length > 0) found.push(group);
  }
  return found;
}

/** An existing file of that name comes first: names may contain the characters of a glob. */
async function filesOf(name: string, ending: string): Promise<readonly string[]> {
  const there = await stat(name).catch(() => null);
  if (there?.isDirectory()) {
    const entries = await reading(name, () => readdir(name, { recursive: true, withFileTypes: true }));
    return entries
      .filter((entry) => entry.isFile() && entry.name.toLowerCase().endsWith(ending))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  }
  if (there || !isDynamicPattern(name)) return [name];
  return (await glob(name, { dot: true, expandDirectories: false, followSymbolicLinks: false })).sort();
}

async function reading<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new GantryError('invalid-config', `${resolve(file)} cannot be read: ${why}.`, { cause });
  }
}
