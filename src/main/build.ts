import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Build } from '../api/deps.ts';
import { own, version } from '../system/own-files.ts';

/** The workflows of this build. */
export const builtBundle = own('dist/workflow-bundle.js');

/**
 * The name by which Temporal knows this build's workers: the version of the package, and a digest of the workflows. Where
 * they lie on the machine, which only their source map names, makes no difference.
 */
export async function buildId(): Promise<string> {
  const [code = ''] = (await readFile(builtBundle, 'utf8')).split('//# sourceMappingURL=');
  return `${await version()}-${createHash('sha256').update(code).digest('hex').slice(0, 12)}`;
}

/** This build as its API offers it: what it is read from may be another one's a moment later. */
export async function thisBuild(): Promise<Build> {
  const commandLine = await readFile(own('dist/cli.tgz')).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return { version: await version(), commandLine };
}
