import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Installs the package of the command line, a file or an address, into an empty folder as a runner does; answers the program.
 * npm has no registry, and nothing of what it has kept.
 */
export async function installCommandLine(from: string, into: string): Promise<string> {
  const { PATH = '' } = process.env;
  const words = ['install', '--global', '--prefix', into, '--cache', join(into, 'cache'), from];
  const alone = ['--registry', 'http://127.0.0.1:1/', '--fetch-retries', '0'];
  await promisify(execFile)('npm', [...words, ...alone], { env: { PATH, HOME: into } });
  return join(into, 'bin', 'gantry');
}
