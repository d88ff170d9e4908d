import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { GantryError, messageOf } from '../../../domain/base/errors.ts';

/** Reports of a whole test run may be large. */
const maxBytes = 64 * 1024 * 1024;

/** A report as a file. */
export interface ReportFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

type Ending = '.xml' | '.json';

/** Files as they are at a moment: what of each differs once it was written again, whatever its time says. */
export type Snapshot = ReadonlyMap<string, string>;

/** What the names lead to now, which may be nothing. */
export async function snapshotOf(names: readonly string[], ending: Ending): Promise<Snapshot> {
  const snapshot = new Map<string, string>();
  for (const name of names)
    for (const file of await filesOf(name, ending)) {
      const stamp = await stampOf(file).catch(() => null);
      if (stamp !== null) snapshot.set(await realpath(file), stamp);
    }
  return snapshot;
}

async function stampOf(file: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

/**
 * The named reports, one list for each name: a file, a folder (all files in it with that ending, at any depth) or a glob.
 * Each name must match something (`invalid-config`); no file is read twice; all together have at most 64 MiB (`too-large`).
 * `before`: what has not been written since then is left out, and each name must match something else (`invalid-evidence`).
 */
export async function findReports(
  names: readonly string[],
  ending: Ending,
  before: Snapshot = new Map(),
): Promise<readonly (readonly ReportFile[])[]> {
  const seen = new Set<string>();
  let bytes = 0;
  const found: ReportFile[][] = [];
  for (const name of names) {
    const files = await filesOf(name, ending);
    if (files.length === 0) throw new GantryError('invalid-config', `No report is found by ${name}.`);
    const group: ReportFile[] = [];
    let old = 0;
    for (const file of files) {
      const real = await reading(file, () => realpath(file));
      const earlier = before.get(real);
      if (earlier !== undefined && earlier === (await reading(file, () => stampOf(real)))) {
        old += 1;
        continue;
      }
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
    if (old === files.length)
      throw new GantryError(
        'invalid-evidence',
        `No report was written by this run: ${name} has been there since before it began.`,
      );
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
    const why = messageOf(cause);
    throw new GantryError('invalid-config', `${resolve(file)} cannot be read: ${why}.`, { cause });
  }
}
