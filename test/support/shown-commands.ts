import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A page for people, as it is written. */
interface Page {
  /** From the root of the repository. */
  readonly file: string;
  readonly text: string;
}

/** A call of `gantry` that a page shows. */
export interface ShownCommand {
  readonly file: string;
  /** As it stands there. */
  readonly shown: string;
  /** What stands behind `gantry`. */
  readonly words: readonly string[];
  /** Whether it is one to be typed; else it is named in a sentence, and may leave out what is needed. */
  readonly isWhole: boolean;
}

/** Every page for people of this repository, but for what tells of the past. */
export async function pages(root: string): Promise<readonly Page[]> {
  const under = async (folder: string) =>
    (await readdir(join(root, folder), { recursive: true }))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name));
  const files = [
    'README.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    ...(await under('docs')),
    ...(await under('examples')),
  ];
  return Promise.all(files.toSorted().map(async (file) => ({ file, text: await readFile(join(root, file), 'utf8') })));
}

/** Every call of `gantry` in a page: in blocks of shell, and as code within a sentence. */
export function commandsIn({ file, text }: Page): readonly ShownCommand[] {
  const blocks = [...text.matchAll(/^```(?:sh|bash)\n(.*?)^```$/gms)].flatMap(([, script = '']) => inScript(script));
  const prose = text.replaceAll(/^```.*?^```$/gms, '');
  const named = [...prose.matchAll(/`(?:npx )?gantry ([^`]+)`/g)].map(([, line = '']) => ({
    shown: `gantry ${line}`,
    words: line.replaceAll('\\|', '|').replaceAll(/[[\]]/g, '').split(/\s+/),
    isWhole: false,
  }));
  return [...blocks, ...named].map((one) => ({ file, ...one }));
}

/** Where a command begins: a line, what stands behind `;`, `|`, `(`, `do` and the like; variables may stand before it. */
const beginning = /(?:^|[;&|({]|\b(?:do|then|exec|if|!))\s*(?:\w+=(?:"[^"]*"|\S*)\s+)*(?:npx )?gantry(?= |$)/gm;

function inScript(script: string): readonly Omit<ShownCommand, 'file'>[] {
  const joined = script.replaceAll(/\\\n\s*/g, ' ');
  return [...joined.matchAll(beginning)].map(({ 0: head, index }) => {
    const [line = ''] = joined.slice(index + head.length).split('\n');
    return { shown: `gantry${line}`, ...wordsOf(line) };
  });
}

/** The words of one command, up to where it ends; not those that the shell would put in place of `$(…)`. */
function wordsOf(line: string): Pick<ShownCommand, 'words' | 'isWhole'> {
  const words: string[] = [];
  let isWhole = true;
  const word =
    /\s*(?:(?<end>[;|&)<>]|#.*|\d?>)|(?<unknown>\$\([^)]*\)|…)|(?<plain>(?:"[^"]*"|'[^']*'|\\.|[^\s"';|&)<>\\])+))/y;
  for (;;) {
    const groups = word.exec(line)?.groups;
    if (!groups || groups['end'] !== undefined) return { words, isWhole };
    if (groups['unknown'] !== undefined) isWhole = false;
    else words.push((groups['plain'] ?? '').replaceAll(/["'\\]/g, ''));
  }
}
