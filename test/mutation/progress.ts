import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Seen } from './runner.ts';

/** What one look has found: all that the tests of a file saw, or that a process did not outlive a mutant. */
export type Finding =
  | { readonly look: number; readonly file: string; readonly seen: Seen; readonly failing: readonly string[] }
  | { readonly look: number; readonly died: string; readonly isClear: boolean };

/**
 * The mutants that processes did not outlive: once may have come of something else that happened to the machine. It is
 * not clear where a test did not come back after a mutant was gone.
 */
export function diedTwice(
  findings: readonly Finding[],
): readonly { readonly mutant: string; readonly isClear: boolean }[] {
  const deaths = findings.filter((finding) => 'died' in finding);
  return [...new Set(deaths.map(({ died }) => died))].flatMap((mutant) => {
    const own = deaths.filter(({ died }) => died === mutant);
    return own.length < 2 ? [] : [{ mutant, isClear: own.every(({ isClear }) => isClear) }];
  });
}

/** What a run has found so far, in a file, so that one that was ended goes on where it was. */
export interface Progress {
  readonly findings: readonly Finding[];
  add(finding: Finding): void;
}

/** Goes on with what the file at `path` has of the same `digest`, or begins anew. */
export function openProgress(path: string, digest: string): Progress {
  const [first, ...lines] = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  // A line that was cut short is the last one.
  const kept = first === digest ? lines.filter((line) => line.endsWith('}')) : [];
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${[digest, ...kept].join('\n')}\n`);
  const findings = kept.map((line) => JSON.parse(line) as Finding);
  return {
    findings,
    add(finding) {
      findings.push(finding);
      appendFileSync(path, `${JSON.stringify(finding)}\n`);
    },
  };
}

/** Of all that a run depends on: sources, tests, packages, Node, and which files it was asked for. Explanations are compared at its end. */
export async function digestOf(root: string, asked: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([process.version, asked]));
  const entries = await Promise.all(
    ['src', 'test', 'scripts'].map((folder) => readdir(join(root, folder), { recursive: true, withFileTypes: true })),
  );
  const files = entries.flat().flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
  for (const file of [...files.sort(), join(root, 'package-lock.json')]) {
    if (file.endsWith('survivors.json')) continue;
    hash.update(`${relative(root, file)}\n`).update(await readFile(file));
  }
  return hash.digest('hex');
}
