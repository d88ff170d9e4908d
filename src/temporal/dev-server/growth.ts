import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const lookEveryMs = 1_000;
const tellEveryMs = 3_000;

interface Ending extends PromiseLike<unknown> {
  readonly kill: () => unknown;
}

/**
 * Waits for a process that fills a folder, for as long as that grows, and tells every few seconds how far it is. Ends the
 * process, and answers true, once nothing was added for `silenceMs`: how long the whole takes is nobody's business.
 */
export async function whileItGrows(
  folder: string,
  running: Ending,
  silenceMs: number,
  tell: (bytes: number, seconds: number) => void,
): Promise<boolean> {
  const start = Date.now();
  let grown = { bytes: 0, at: start };
  let told = start;
  const ended = Promise.resolve(running).then(
    () => true,
    () => true,
  );
  while (!(await Promise.race([ended, delay(Math.min(lookEveryMs, silenceMs), false)]))) {
    const bytes = await bytesIn(folder);
    const now = Date.now();
    if (bytes !== grown.bytes) grown = { bytes, at: now };
    else if (now - grown.at >= silenceMs) {
      running.kill();
      await ended;
      return true;
    }
    if (now - told < tellEveryMs) continue;
    told = now;
    tell(bytes, Math.round((now - start) / 1_000));
  }
  return false;
}

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      stat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0, // gone meanwhile
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
