// Bundles the programs of Gantry, so that a process loads a few files and not a thousand (docs/decisions/few-files.md).
// An argument is the folder of the sources and of what is built; this one when absent.
import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));
const programs = [
  'main/gantry.ts',
  'temporal/dev-server/dev-server-watch.ts',
  'activities/records/record-files-helper.ts',
  'adapters/git/git-helper.ts',
  'adapters/configuration/file-helper.mjs',
];

/** They read files beside themselves, start threads, or must be there only once in a process. */
const external = ['@temporalio/*', '@grpc/grpc-js', '@electric-sql/pglite', '@fastify/swagger-ui', 'pg-native'];

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
const { metafile } = await build({
  metafile: true,
  absWorkingDir: root,
  entryPoints: programs.map((name) => join(root, 'src', name)),
  outdir,
  // All in one folder, as deep as `src/main`: what code finds beside itself and above, it finds there, too.
  entryNames: '[name]',
  chunkNames: 'part-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.20',
  external,
  plugins: [ownMapsOnly],
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'linked',
  // Packages in CommonJS ask for parts of Node so.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  logLevel: 'warning',
});

// Such a package has no names then but `default`, so code of ours would find `undefined`.
for (const [importer, { imports }] of Object.entries(metafile.inputs))
  for (const { path, kind } of importer.startsWith('src/') ? imports : [])
    if (kind === 'dynamic-import' && metafile.inputs[path]?.format === 'cjs')
      throw new Error(
        `${importer} imports ${path} on demand, which is CommonJS: import it at the top of a file of ours`,
      );
