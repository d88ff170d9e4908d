// npm run test:node -- 24 [arguments of vitest]: builds and runs every suite on another Node, whose program npm brings.
// It stands first on PATH, so that npm, the tools and whatever the tests start run on it, too.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** The versions that the whole suite is run on, by major; the oldest is the oldest that Gantry supports. */
const nodes = JSON.parse(readFileSync(join(root, 'scripts', 'nodes.json'), 'utf8'));
const [major = '', ...rest] = process.argv.slice(2);
const version = nodes[major];
if (version === undefined) {
  process.stderr.write(`npm run test:node -- ${Object.keys(nodes).join('|')} [arguments of vitest]\n`);
  process.exit(2);
}

const folder = join(root, 'node_modules', '.cache', 'gantry-nodes', version);
const node = join(folder, 'node_modules', '.bin', 'node');
const isVersion = () => spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim() === `v${version}`;
if (!isVersion()) {
  mkdirSync(folder, { recursive: true });
  // The package `node` fetches this one in a script of its own; npm runs none that nobody has approved.
  const wanted = `node-${process.platform}-${process.arch}@${version}`;
  const options = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
  spawnSync('npm', ['install', '--prefix', folder, ...options, wanted], { stdio: 'inherit' });
  if (!isVersion()) {
    process.stderr.write(`npm did not bring Node ${version} as ${wanted}\n`);
    process.exit(1);
  }
}

process.stdout.write(`Node ${version}\n`);
const suites = spawn(node, [join(root, 'scripts', 'test.mjs'), '--suites', ...rest], {
  stdio: 'inherit',
  env: { ...process.env, PATH: [join(folder, 'node_modules', '.bin'), process.env.PATH].join(delimiter) },
});
suites.once('exit', (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 1;
});
