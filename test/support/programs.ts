import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Makes sure that a program is there; where it is not and we are root, Debian's package is installed. */
export async function ensureProgram(name: string, debianPackage: string): Promise<void> {
  const isThere = () => run(name, ['--version']).then(Boolean, () => false);
  if (await isThere()) return;
  if (process.getuid?.() !== 0)
    throw new Error(`This test needs ${name}: install the Debian package ${debianPackage}.`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  await run('apt-get', [...wait, 'update'], { env });
  await run('apt-get', [...wait, 'install', '-y', '--no-install-recommends', debianPackage], { env });
  if (!(await isThere())) throw new Error(`The package ${debianPackage} left no ${name}.`);
}
