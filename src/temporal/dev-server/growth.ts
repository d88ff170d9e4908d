import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const lookEveryMs = 1_000;
const reportEveryMs = 3_000;

interface Ending extends PromiseLike<unknown> {
  readonly kill: () => unknown;
}

/**
 * Waits for a process that fills a folder, for as long as that grows, and reports every few seconds how far it is. Ends the
 * process, and answers true, once nothing was added for `silenceMs`; how long the whole takes does not matter.
 */
export async function whileItGrows(
  folder: string,
  running: Ending,
  silenceMs: number,
  report: (bytes: number, seconds: number) => void,
): Promise<boolean> {
  const start = Date.now();
  let grown = { bytes: 0, at: start };
  let reported = start;
  const over = () => true;
  const ended = Promise.resolve(running).then(over, over);
  while (!(await Promise.race([ended, delay(Math.min(lookEveryMs, silenceMs), false)]))) {
    const bytes = await bytesIn(folder);
    const now = Date.now();
    if (bytes !== grown.bytes) grown = { bytes, at: now };
    else if (now - grown.at >= silenceMs) {
      running.kill();
      await ended;
      return true;
    }
    if (now - reported < reportEveryMs) continue;
    reported = now;
    report(bytes, Math.round((now - start) / 1_000));
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
