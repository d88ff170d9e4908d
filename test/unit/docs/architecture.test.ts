import { readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const { wings }: { readonly wings: readonly string[] } = await import(`${root}oxlint.config.mjs`);
const page = await readFile(`${root}ARCHITECTURE.md`, 'utf8');
const shown = [...page.matchAll(/^- `(src[^`]*)`: /gm)].map(([, folder]) => folder ?? '');

it('shows every folder of the sources, and no other', async () => {
  const files = await readdir(`${root}src`, { recursive: true });
  const folders = files.filter((name) => /\.m?ts$/.test(name)).map((name) => dirname(`src/${name}`));
  expect(shown.toSorted()).toEqual([...new Set(folders)].sort());
});

it('shows the wings of the domain in the order that the linter holds them to', () => {
  const inOrder = shown.filter((folder) => /^src\/domain\/[^/]+$/.test(folder));
  expect(inOrder).toEqual(wings.map((name) => `src/domain/${name}`));
});

it('fits on one page', () => {
  const prose = page.split('\n').filter((line) => !/^ *- /.test(line));
  expect(prose.length).toBeLessThan(80);
});
