import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { build } from 'esbuild';
import { createColors } from 'picocolors';
import { describe, expect, it } from 'vitest';
import { clientVerbs } from '../../../src/cli/verbs/index.ts';
import { surroundings } from '../../../src/main/surroundings.ts';
import { commandFor, verbs } from '../../../src/main/verbs.ts';
import { printed } from '../../support/printed.ts';

const terminal = { say: () => undefined, paint: createColors(false) };

describe('the verbs of gantry', () => {
  it.each(Object.entries(verbs))(
    '%s has the same description in the help before and after it is loaded',
    async (name, [description, load]) => {
      const program = new Command('gantry').enablePositionalOptions();
      (await load()).add(program.command(name).description(description), terminal);
      expect(program.commands.map((command) => [command.name(), command.description()])).toEqual([[name, description]]);
    },
  );

  it.each(Object.entries(clientVerbs))(
    '%s, a client verb, has the same description in the help before and after it is loaded',
    async (name, [description, load]) => {
      const program = new Command('gantry').enablePositionalOptions();
      (await load())(program.command(name).description(description), surroundings(terminal));
      expect(program.commands.map((command) => [command.name(), command.description()])).toEqual([[name, description]]);
    },
  );

  it('speak to the API with a --json that is held against its document: each has its line in the table', async () => {
    const program = new Command('gantry').enablePositionalOptions();
    for (const [name, [, load]] of Object.entries(clientVerbs))
      (await load())(program.command(name), surroundings(terminal));
    const leaves = (command: Command, path: readonly string[]): readonly (readonly [string, boolean])[] =>
      command.commands.length > 0
        ? command.commands.flatMap((one) => leaves(one, [...path, one.name()]))
        : [[path.join(' '), command.options.some(({ long }) => long === '--json')]];
    const inTable = Object.entries(printed).map(([name, schemas]) => [name, schemas !== null] as const);
    expect(Object.fromEntries(leaves(program, []))).toEqual(Object.fromEntries(inTable));
  });

  it.each(['gantry', 'client', 'run-command', 'client-command', 'verbs'])(
    'are not loaded by the help: %s imports none of them',
    async (name) => {
      const source = await readFile(new URL(`../../../src/main/${name}.ts`, import.meta.url), 'utf8');
      const imported = [...source.matchAll(/^import (?!type).* from '(.+)';$/gm)].map(([, from]) => from);
      const own = ['client-command', 'lines', 'run-command', 'verbs'].map((name) => `./${name}.ts`);
      const cli = ['exit-codes', 'render/error', 'verbs/index'].map((name) => `../cli/${name}.ts`);
      const light = ['commander', 'picocolors', '../system/own-files.ts', ...cli, ...own];
      expect(imported.filter((from) => from === undefined || !light.includes(from))).toEqual([]);
      expect(imported).not.toEqual([]);
    },
  );

  it('are not needed to print the version', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'));
    const program = await commandFor(['--version'], terminal);
    const printed: string[] = [];
    program.exitOverride().configureOutput({ writeOut: (text) => printed.push(text) });
    await expect(program.parseAsync(['--version'], { from: 'user' })).rejects.toMatchObject({ exitCode: 0 });
    expect(printed).toEqual([`${version}\n`]);
  });

  // Each costs every start of the other a fifth of its time.
  it.each([
    { verb: 'api', own: 'fastify', other: '@temporalio/worker' },
    { verb: 'worker', own: '@temporalio/worker', other: 'fastify' },
  ])('load what they need themselves: $verb $own, and not $other', async ({ verb, own, other }) => {
    const { metafile } = await build({
      entryPoints: [fileURLToPath(new URL(`../../../src/main/commands/${verb}.ts`, import.meta.url))],
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      write: false,
      metafile: true,
    });
    const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    expect(imported).toContain(own);
    expect(imported).not.toContain(other);
  });
});
