import { build } from 'esbuild';

/**
 * Bundles programs into one folder, what they share and load on demand into parts beside them; answers what went into what.
 * `more` are options of esbuild. Throws for an import that would find nothing at run time.
 */
export async function bundle({ root, programs, outdir, ...more }) {
  const { metafile } = await build({
    metafile: true,
    absWorkingDir: root,
    entryPoints: programs,
    outdir,
    // All in one folder, as deep as `src/main`: what code finds beside itself and above, it finds there, too.
    entryNames: '[name]',
    chunkNames: 'part-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.20',
    legalComments: 'linked',
    // Packages in CommonJS ask for parts of Node so.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    logLevel: 'warning',
    ...more,
  });

  // A package in CommonJS has no names then but `default`, so code of ours would find `undefined`.
  for (const [importer, { imports }] of Object.entries(metafile.inputs))
    for (const { path, kind } of importer.startsWith('src/') ? imports : [])
      if (kind === 'dynamic-import' && metafile.inputs[path]?.format === 'cjs')
        throw new Error(
          `${importer} imports ${path} on demand, which is CommonJS: import it at the top of a file of ours`,
        );
  return metafile;
}
