import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

/** A service of one file: it answers with its release, and with an error where that is bad. */
export const server = `
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
const release = readFileSync('release', 'utf8');
createServer((_, answer) => answer.writeHead(release.includes('bad') ? 500 : 200, { 'x-release': release }).end(release))
  .listen(process.env.PORT, '127.0.0.1', () => writeFileSync(process.env.PID, String(process.pid)));
`;

/** What `releasectl` of `gantry init` is filled with, for a service that {@link keepRunning} looks after. */
export const releasectlFor = (home: string) => `home=${home}
unpack() { tar -xzf "$1" -C "$2"; }
restart_service() { [ ! -e "$home/pid" ] || kill "$(cat "$home/pid")"; }
running_folder() { readlink "/proc/$(cat "$home/pid")/cwd"; }`;

/** What looks after services on a real host: it starts again what has ended, from the folder that `current` leads to. */
export function keepRunning(home: string, port: number): { readonly stop: () => void } {
  let child: ChildProcess | null = null;
  let isWanted = true;
  const env = { PORT: String(port), PID: join(home, 'pid') };
  const start = () => {
    if (!isWanted) return;
    child = spawn(process.execPath, ['server.mjs'], { cwd: join(home, 'current'), env, stdio: 'ignore' });
    // Before the first release there is no folder.
    child.once('error', () => setTimeout(start, 50));
    child.once('exit', () => setTimeout(start, 50));
  };
  start();
  return {
    stop() {
      isWanted = false;
      child?.kill('SIGKILL');
    },
  };
}
