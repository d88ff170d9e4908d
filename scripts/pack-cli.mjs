// Packs the command line as an npm package of its own, which needs nothing else: `dist/cli.tgz`, which the API offers.
// An argument is the folder that it is written into; `dist` when absent.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundle } from './bundle.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const into = resolve(process.argv[2] ?? join(root, 'dist'));
const { version, license, engines } = await json(join(root, 'package.json'));
const name = '@gantry-deploy/cli';

/** What it is made of must be free to pass on as it is. */
const accepted = new Set(['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0']);

const folder = await mkdtemp(join(tmpdir(), 'gantry-cli-'));
try {
  // Laid out as the whole of Gantry is: `bin`, the programs two folders below, what they read beside those.
  const { inputs } = await bundle({
    root,
    programs: { gantry: join(root, 'src/main/client.ts') },
    outdir: join(folder, 'dist/main'),
  });
  for (const part of ['bin', 'templates', 'LICENSE'])
    await cp(join(root, part), join(folder, part), { recursive: true });
  await cp(join(root, 'src/cli/README.md'), join(folder, 'README.md'));
  await writeFile(join(folder, 'LICENSES-OF-PARTS.md'), await licences(Object.keys(inputs)));
  const about = {
    name,
    version,
    private: true,
    description: 'The command line of Gantry: production deployments as durable workflows.',
    license,
    type: 'module',
    engines,
    bin: { gantry: 'bin/gantry.js' },
    files: ['bin', 'dist', 'templates', 'LICENSES-OF-PARTS.md'],
  };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(about, null, 2)}\n`);
  await mkdir(into, { recursive: true });
  // Settings of an npm that runs this one, such as `dry-run`, are not meant for it.
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^npm_config_/i.test(key)));
  await promisify(execFile)('npm', ['pack', '--silent', '--offline'], { cwd: folder, env });
  await rename(join(folder, `gantry-deploy-cli-${version}.tgz`), join(folder, 'cli.tgz'));
  await cp(join(folder, 'cli.tgz'), join(into, 'cli.tgz'));
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** The packages whose files are among these, each with its licence. Throws for one that may not be passed on. */
async function licences(files) {
  const packages = new Set(files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
  const parts = [...packages]
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map(async (path) => {
      const { name: of, version: its, license: under, author } = await json(join(root, path, 'package.json'));
      if (!accepted.has(under)) throw new Error(`${of} is under ${under}: the command line cannot bring it along`);
      const file = (await readdir(join(root, path))).find((one) => /^licen[cs]e/i.test(one));
      const text = file ? await readFile(join(root, path, file), 'utf8') : unwritten(under, author);
      return `## ${of} ${its} (${under})\n\n${text.trim()}\n`;
    });
  return ['# Licences of what the command line of Gantry is built of\n', ...(await Promise.all(parts))].join('\n');
}

/** The licence of a package that says by its name only under which it is. */
function unwritten(under, author) {
  if (under !== 'MIT') throw new Error(`nothing has the text of a licence that is ${under}`);
  return `Copyright (c) ${typeof author === 'string' ? author : author?.name}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
}

async function json(file) {
  return JSON.parse(await readFile(file, 'utf8'));
}
