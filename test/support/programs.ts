import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Makes sure that programs are on this machine: those that are not come from Debian's packages of their names, as root or by sudo. */
export async function requirePrograms(names: readonly string[]): Promise<void> {
  const missing: string[] = [];
  for (const name of names) if (!(await isThere(name))) missing.push(name);
  if (missing.length === 0) return;
  const prefix = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const install = async (...words: string[]) => {
    const [program = '', ...args] = [...prefix, 'apt-get', '-q', ...words];
    await run(program, args, { timeout: 100_000 });
  };
  await install('update');
  await install('install', '--yes', '--no-install-recommends', ...missing);
}

async function isThere(name: string): Promise<boolean> {
  const places = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name));
  const found = await Promise.all(
    places.map((place) =>
      access(place, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
