// Bundles the programs of Gantry, so that a process loads a few files and not a thousand (docs/decisions/few-files.md).
// An argument is the folder of the sources and of what is built; this one when absent.
import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));
const programs = [
  'main/gantry.ts',
  'temporal/dev-server/dev-server-watch.ts',
  'activities/records/record-files-helper.ts',
  'adapters/git/git-helper.ts',
  'adapters/configuration/file-helper.mjs',
];

/** They read files beside themselves, start threads, or must be there only once in a process. */
const external = ['@electric-sql/pglite', '@fastify/swagger-ui', 'pg-native'];

/** The same, asked for by `require`: for an `import` Node reads all of a package in CommonJS twice, 50 ms of each start. */
const required = {
  name: 'required',
  setup({ onResolve, onLoad }) {
    const namespace = 'required';
    onResolve({ filter: /^@temporalio\/|^@grpc\/grpc-js$/ }, ({ path, kind }) =>
      kind === 'require-call' ? { path, external: true } : { path, namespace },
    );
    onLoad({ filter: /.*/, namespace }, ({ path }) => ({ contents: `module.exports = require('${path}');` }));
  },
};

/** Stack traces are to name our sources; the maps of packages would be most of what a process reads for that. */
const ownMapsOnly = {
  name: 'own-maps-only',
  setup({ onLoad }) {
    const none = Buffer.from('{"version":3,"sources":[""],"mappings":"AAAA"}').toString('base64');
    onLoad({ filter: /\/node_modules\/.*\.[cm]?js$/ }, async ({ path }) => ({
      contents: `${await readFile(path, 'utf8')}\n//# sourceMappingURL=data:application/json;base64,${none}`,
      loader: 'default',
    }));
  },
};

const outdir = join(root, 'dist', 'main');
await rm(outdir, { recursive: true, force: true });
await bundle({
  root,
  programs: programs.map((name) => join(root, 'src', name)),
  outdir,
  external,
  plugins: [ownMapsOnly, required],
  sourcemap: true,
  sourcesContent: false,
  // Less to read, a sixth of the CPU of a start. Names stay: stack traces are to show them.
  minifyWhitespace: true,
  minifySyntax: true,
});
