import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const root = new URL('../../../', import.meta.url);
const textOf = (name: string) => readFile(new URL(name, root), 'utf8');

/** What follows npx in a text. */
const fetched = (text: string) => [...text.matchAll(/\bnpx +(?:-\S+ +)*(\S+)/g)].map(([, name = '']) => name);

it('has nobody run a name of npm that is not ours: what is called gantry there is not', async () => {
  const texts = await Promise.all(
    ['docs', 'templates', 'examples'].map(async (folder) => {
      const names = await readdir(new URL(folder, root), { recursive: true, withFileTypes: true });
      return names.filter((entry) => entry.isFile()).map(({ parentPath, name }) => `${parentPath}/${name}`);
    }),
  );
  const files = ['README.md', 'SECURITY.md', 'src/cli/README.md', 'Dockerfile', 'docker-compose.yml', ...texts.flat()];
  expect(files.length).toBeGreaterThan(40);
  const found = await Promise.all(
    files.map(async (file) => fetched(await textOf(file)).map((name) => `${file}: ${name}`)),
  );
  expect(found.flat()).toEqual([]);
});

it('has contributors run what npm install has brought', async () => {
  const { devDependencies } = JSON.parse(await textOf('package.json')) as { devDependencies: object };
  const names = fetched(await textOf('CONTRIBUTING.md'));
  expect(names).not.toEqual([]);
  expect(names.filter((name) => !Object.hasOwn(devDependencies, name))).toEqual([]);
});
