import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { oldestSchema } from '../../src/store/migrations.ts';
import { nextMigration, nextStatements } from './next-schema.ts';
import { ownBuild } from './processes.ts';

/** Two builds of Gantry, of which the newer one brings the store further: the `bin/gantry.js` of each. */
export interface TwoBuilds {
  readonly former: string;
  readonly newer: string;
}

/**
 * This build and a next one, which is made in `folder` of this one's and a migration that it cannot work without. Where
 * `GANTRY_FORMER_BUILD` names the folder of one that was made of an earlier commit, that one and this.
 */
export async function twoBuilds(folder: string): Promise<TwoBuilds> {
  const earlier = process.env['GANTRY_FORMER_BUILD'];
  if (earlier !== undefined) return { former: join(earlier, 'bin/gantry.js'), newer: ownBuild };
  return { former: ownBuild, newer: await nextBuild(folder) };
}

async function nextBuild(folder: string): Promise<string> {
  const own = dirname(dirname(ownBuild));
  await mkdir(folder, { recursive: true });
  for (const part of ['src', 'dist', 'bin', 'package.json', 'tsconfig.json'])
    await cp(join(own, part), join(folder, part), { recursive: true });
  await symlink(join(own, 'node_modules'), join(folder, 'node_modules'));
  const file = join(folder, 'src/store/migrations.ts');
  const source = await readFile(file, 'utf8');
  if (!source.includes(`oldestSchema = '${oldestSchema}'`)) throw new Error(`${file} is not of these sources`);
  await writeFile(file, source.replace(`oldestSchema = '${oldestSchema}'`, `oldestSchema = '${nextMigration}'`));
  const statements = nextStatements.map((text) => JSON.stringify(text)).join(', ');
  await appendFile(file, `\nmigrations['${nextMigration}'] = { carries: null, statements: [${statements}] };\n`);
  await promisify(execFile)(process.execPath, [join(own, 'scripts/bundle-commands.mjs'), folder]);
  return join(folder, 'bin/gantry.js');
}
