import { lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GantryError } from '../../domain/base/errors.ts';
import { own } from '../../system/own-files.ts';
import type { Answers } from './answers.ts';
import { layoutFor, templates } from './layout.ts';

/**
 * Writes the files of `answers` into a folder; answers their paths. Throws `malformed` where one of them is there already,
 * and has written none then.
 */
export async function writeFiles(folder: string, answers: Answers): Promise<readonly string[]> {
  const files = await Promise.all(
    layoutFor(answers).map(async ({ path, template }) => ({
      path,
      text: filled(await readFile(own(`templates/${template}`), 'utf8'), answers),
    })),
  );
  const there = await Promise.all(files.map(({ path }) => isThere(join(folder, path))));
  const taken = files.filter((_, i) => there[i]).map(({ path }) => path);
  if (taken.length > 0)
    throw new GantryError('malformed', `Nothing was written: ${taken.join(', ')} would have been overwritten.`);
  for (const { path, text } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    // Scripts are run by their first line.
    const mode = text.startsWith('#!') ? 0o755 : 0o644;
    await writeFile(join(folder, path), text, { flag: 'wx', mode });
  }
  return files.map(({ path }) => path);
}

/** A template with the values of its `{{names}}`; whatever else stands in braces is not ours. */
export function filled(template: string, answers: Answers): string {
  const { artifact } = templates[answers.template];
  const values: Readonly<Record<string, string>> = { ...answers, artifact };
  return template.replaceAll(/\{\{(\w+)\}\}/g, (written, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? '') : written,
  );
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
}
