import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const page = await readFile(new URL('../../../docs/glossary.md', import.meta.url), 'utf8');
const terms = [...page.matchAll(/^\| ([a-z -]+?) +\| (.+?) +\|$/gm)].flatMap(([, term = '']) =>
  term === 'word' || term.startsWith('-') ? [] : [term],
);

it('explains at most 40 words, each once and in order', () => {
  expect(terms.length).toBeGreaterThan(30);
  expect(terms.length).toBeLessThanOrEqual(40);
  expect(terms).toEqual([...new Set(terms)].sort((a, b) => a.localeCompare(b)));
});
