import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A file or folder of this installation: from a source, and from the folder of the programs that are built of them. */
export const own = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
/** The workflows of this build. */
export const builtBundle = own('dist/workflow-bundle.js');

/** The version of the package. */
export async function version(): Promise<string> {
  return (JSON.parse(await readFile(own('package.json'), 'utf8')) as { readonly version: string }).version;
}

/**
 * The name by which Temporal knows this build's workers: the version of the package, and a digest of the workflows. Where
 * they lie on the machine, which only their source map names, makes no difference.
 */
export async function buildId(): Promise<string> {
  const [code = ''] = (await readFile(builtBundle, 'utf8')).split('//# sourceMappingURL=');
  return `${await version()}-${createHash('sha256').update(code).digest('hex').slice(0, 12)}`;
}
