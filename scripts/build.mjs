// Builds everything into `dist`, side by side: the programs, the workflows, and the command line as a package.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
await mkdir(`${root}dist`, { recursive: true });
const parts = [
  ['scripts/bundle-commands.mjs'],
  ['--import', 'tsx', 'scripts/bundle-workflows.mjs'],
  ['scripts/pack-cli.mjs'],
  ['scripts/make-empty-store.mjs'],
];
const codes = await Promise.all(
  parts.map(async (words) => (await once(spawn(process.execPath, words, { cwd: root, stdio: 'inherit' }), 'exit'))[0]),
);
if (codes.some((code) => code !== 0)) process.exitCode = 1;
