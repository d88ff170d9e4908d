import { readFile, writeFile } from 'node:fs/promises';

/** Puts lines in the place of those that a script of `gantry init` says are to be edited. */
export async function editScript(file: string, lines: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const edited = text.replace(
    /(# ---- Yours to edit -+\n)[\s\S]*?(# -{20,}\n)/,
    (_, from: string, to: string) => `${from}${lines.trimEnd()}\n${to}`,
  );
  if (edited === text) throw new Error(`${file} has no part to be edited`);
  await writeFile(file, edited);
}
