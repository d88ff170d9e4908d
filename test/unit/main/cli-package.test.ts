import { execFile } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { isBuiltin } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientVerbs } from '../../../src/cli/verbs/index.ts';
import { own, version } from '../../../src/system/own-files.ts';
import { installCommandLine } from '../../support/install-command-line.ts';

const run = promisify(execFile);
let folder: string;
let gantry: string;
/** The files of the installed package, relative to its folder. */
let files: readonly string[];
const at = (file: string) => join(folder, 'lib/node_modules/@gantry-deploy/cli', file);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-cli-package-'));
  gantry = await installCommandLine(own('dist/cli.tgz'), folder);
  const entries = await readdir(at('.'), { recursive: true, withFileTypes: true });
  files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(at('.').length));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const programs = () => files.filter((file) => file.endsWith('.js'));
/** What the programs are built of, as the bundler notes it above each file. */
async function sources(): Promise<readonly string[]> {
  const texts = await Promise.all(programs().map((file) => readFile(at(file), 'utf8')));
  return texts.flatMap((text) =>
    [...text.matchAll(/^\s*(?:\/\/ |")((?:src|node_modules)\/[^"\n]+)/gm)].map(([, of = '']) => of),
  );
}

describe('the package of the command line', () => {
  it('is small, and asks npm for nothing more', async () => {
    const sizes = await Promise.all(files.map(async (file) => (await stat(at(file))).size));
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(5_000_000);
    const about: unknown = JSON.parse(await readFile(at('package.json'), 'utf8'));
    expect(about).toEqual({
      name: '@gantry-deploy/cli',
      version: await version(),
      private: true,
      description: expect.any(String) as unknown,
      license: 'Apache-2.0',
      type: 'module',
      engines: { node: '>=20.20' },
      bin: { gantry: 'bin/gantry.js' },
      files: expect.any(Array) as unknown,
    });
    expect(await readdir(join(folder, 'lib/node_modules'))).toEqual(['@gantry-deploy']);
  });

  it('has programs, templates and licences, and nothing native', () => {
    const kinds = new Set(files.flatMap((file) => /^\/?(dist\/main|templates|[^/]+)/.exec(file)?.[1] ?? []));
    expect([...kinds].toSorted()).toEqual(
      ['LICENSE', 'LICENSES-OF-PARTS.md', 'README.md', 'bin', 'dist/main', 'package.json', 'templates'].toSorted(),
    );
    expect(files.filter((file) => /\.(?:node|so|dll|wasm|map)$/.test(file))).toEqual([]);
  });

  it('imports nothing but Node and itself, and holds nothing of the server', async () => {
    const { metafile } = await build({
      entryPoints: [at('dist/main/gantry.js')],
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      write: false,
      metafile: true,
    });
    const outside = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    expect(outside.filter((path) => !isBuiltin(path))).toEqual([]);
    const made = await sources();
    expect(made.length).toBeGreaterThan(100);
    const rooms = new Set(made.flatMap((file) => /^src\/([^/]+)/.exec(file)?.[1] ?? []));
    expect([...rooms].toSorted()).toEqual(['cli', 'contract', 'domain', 'main', 'system']);
    const inMain = made.filter((file) => file.startsWith('src/main/'));
    expect(inMain.filter((file) => file.startsWith('src/main/commands/') || file.endsWith('/verbs.ts'))).toEqual([]);
    expect(made.filter((file) => /^node_modules\/(?:@temporalio|@grpc|fastify|pg|kysely)\b/.test(file))).toEqual([]);
  });

  it('keeps the licence of every package that it is built of', async () => {
    const text = await readFile(at('LICENSES-OF-PARTS.md'), 'utf8');
    const parts = new Set(
      (await sources()).flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []),
    );
    expect(parts.size).toBeGreaterThan(10);
    for (const part of parts) expect(text).toContain(`\n## ${part} `);
    const each = text.split(/^## /m).slice(1);
    expect(each.filter((one) => !/copyright/i.test(one) || !/permission/i.test(one))).toEqual([]);
  });

  it('says its version, and what it is not', async () => {
    expect(await run(gantry, ['--version'])).toMatchObject({ stdout: `${await version()}\n` });
    await expect(run(gantry, ['dev'])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('What runs Gantry itself') as unknown,
    });
  });

  it.concurrent.each(Object.keys(clientVerbs))('helps with %s', async (verb) => {
    expect((await run(gantry, [verb, '--help'])).stdout).toContain(`Usage: gantry ${verb} `);
  });

  it('writes the files of a service by its own templates', async () => {
    const into = await mkdtemp(join(folder, 'shop-'));
    await run(gantry, ['init', 'shop', '--yes', '--ci', 'github'], { cwd: into });
    expect(await readFile(join(into, '.github/workflows/release.yml'), 'utf8')).toContain('/cli.tgz"');
  });

  it('is built in the image of what that has by then', async () => {
    const into = await mkdtemp(join(folder, 'image-'));
    const [before = ''] = (await readFile(own('Dockerfile'), 'utf8')).split('npm run build');
    const copied = [...before.matchAll(/^COPY (.*) \S+$/gm)].flatMap(([, from = '']) => from.split(' '));
    for (const name of copied) await cp(own(name), join(into, name), { recursive: true });
    await symlink(own('node_modules'), join(into, 'node_modules'));
    await run(process.execPath, [join(into, 'scripts/pack-cli.mjs')]);
    const listed = async (file: string) => (await run('tar', ['-tzf', file])).stdout.split('\n').length;
    expect(await listed(join(into, 'dist/cli.tgz'))).toBe(await listed(own('dist/cli.tgz')));
  });

  it('is what a pipeline gets from its API, where the runner has none', async () => {
    const into = await mkdtemp(join(folder, 'runner-'));
    await run(gantry, ['init', 'shop', '--yes'], { cwd: into });
    await writeFile(join(into, 'deploy/build'), '#!/bin/sh\ncommand -v gantry >&2\ngantry --version >&2\nexit 9\n');
    const asked: string[] = [];
    const server = createServer(({ url = '' }, answer) => {
      asked.push(url);
      createReadStream(own('dist/cli.tgz')).pipe(answer);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const env = {
      PATH: (process.env['PATH'] ?? '')
        .split(':')
        .filter((one) => !existsSync(join(one, 'gantry')))
        .join(':'),
      HOME: into,
      GANTRY_API: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      npm_config_registry: 'http://127.0.0.1:1/',
    };
    const ended = await run('deploy/pipeline.sh', ['1.1.0'], { cwd: into, env }).catch((error: unknown) => error);
    server.close();
    expect(ended).toMatchObject({
      code: 9,
      stderr: expect.stringMatching(new RegExp(`^/.*/bin/gantry\n${await version()}$`, 'm')) as unknown,
    });
    expect(new Set(asked)).toEqual(new Set(['/cli.tgz']));
    const [program = ''] = /^\/.*gantry$/m.exec((ended as { readonly stderr: string }).stderr) ?? [];
    expect(existsSync(program)).toBe(false);
  }, 120_000);
});
