import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A file or folder of this installation: from a source, and from the folder of the programs that are built of them. */
export const own = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The version of the package. */
export async function version(): Promise<string> {
  return (JSON.parse(await readFile(own('package.json'), 'utf8')) as { readonly version: string }).version;
}
