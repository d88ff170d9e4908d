import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { pages } from '../../support/shown-commands.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const withoutBlocks = (text: string) => text.replaceAll(/^ *```.*?^ *```$/gms, '');

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutBlocks(text).matchAll(/^#+ (.*)$/gm)) {
    const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const plain = words.replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
    let anchor = plain;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${plain}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

it('links of pages lead somewhere, to the very heading', async () => {
  const all = await pages(root);
  const textOf = new Map(all.map(({ file, text }) => [file, text]));
  const dead = all.flatMap(({ file, text }) =>
    [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
      if (/^[a-z]+:/.test(link)) return [];
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? file : normalize(join(dirname(file), path));
      if (!existsSync(join(root, target))) return [`${file}: ${link}`];
      const page = textOf.get(target);
      return anchor === undefined || (page !== undefined && anchorsOf(page).has(anchor)) ? [] : [`${file}: ${link}`];
    }),
  );
  expect(dead).toEqual([]);
});

it('pages that the sources send people to are there', async () => {
  const files = (await readdir(join(root, 'src'), { recursive: true })).filter((name) => name.endsWith('.ts'));
  const named = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(root, 'src', file), 'utf8');
      return [...text.matchAll(/\bdocs\/[a-z/-]+\.md\b/g)].map(([page]) => ({ file, page }));
    }),
  );
  expect(named.flat().length).toBeGreaterThan(10);
  expect(named.flat().filter(({ page }) => !existsSync(join(root, page)))).toEqual([]);
});

it('every page of docs stands in its table of contents', async () => {
  const { text = '' } = (await pages(root)).find(({ file }) => file === 'docs/README.md') ?? {};
  const listed = [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = '']) => link);
  const files = (await pages(root)).flatMap(({ file }) => (file.startsWith('docs/') ? file.slice(5) : []));
  // Decisions, and what is generated, have a page of contents of their own.
  const isOwn = (file: string) => file === 'README.md' || /^(decisions|reference)\/(?!README)/.test(file);
  expect(files.filter((file) => !isOwn(file) && !listed.includes(file))).toEqual([]);
});
