import { execFile } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { madeOnce } from './made-once.ts';

const run = promisify(execFile);

/** A folder with Debian's packages, unpacked where nobody else sees them: that takes no root. Made once for all runs. */
export function debianPackages(name: string, packages: readonly string[]): Promise<string> {
  return madeOnce(name, packages.join('-'), (into) => unpack(packages, into));
}

/** What runs beside services on a host of the tests, and sets its clock, by one download. */
export const hostPackages = () => debianPackages('host', ['nginx', 'openssh-server', 'libwrap0', 'libfaketime']);

/** By lists of packages of our own: the machine's may be missing, old, or for root alone. */
async function unpack(packages: readonly string[], into: string): Promise<void> {
  const folder = join(into, 'apt');
  const [state, cache] = [join(folder, 'state'), join(folder, 'cache')];
  await mkdir(join(state, 'lists', 'partial'), { recursive: true });
  await mkdir(join(cache, 'archives', 'partial'), { recursive: true });
  const own = ['-o', `Dir::State=${state}`, '-o', `Dir::Cache=${cache}`, '-o', 'APT::Sandbox::User='];
  const options = { cwd: folder, timeout: 150_000 };
  await run('apt-get', [...own, '-q', 'update'], options);
  await run('apt-get', [...own, '-q', 'download', ...packages], options);
  const archives = (await readdir(folder)).filter((file) => file.endsWith('.deb'));
  for (const archive of archives) await run('dpkg', ['-x', join(folder, basename(archive)), into], options);
  await rm(folder, { recursive: true });
}
