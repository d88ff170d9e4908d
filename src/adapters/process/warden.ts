import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Runs beside the worker and outlives it by a moment: it knows the process groups that the worker has started and ends
 * those that are left when the worker's end of the pipe closes, kill -9 included.
 */
const program = `
const groups = new Set(process.argv.slice(1).map(Number));
let rest = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (text) => {
  const lines = (rest + text).split('\\n');
  rest = lines.pop();
  for (const line of lines) line[0] === '+' ? groups.add(Number(line.slice(1))) : groups.delete(Number(line.slice(1)));
});
process.stdin.on('close', () => {
  for (const group of groups) try { process.kill(-group, 'SIGKILL'); } catch {}
  process.exit();
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
`;

/** After its warden was lost a process waits this long before it starts another, in milliseconds. */
const restartMs = 100;

let warden: ChildProcess | null = null;
const groups = new Set<number>();

/**
 * The warden of this process, started when it is first needed and again when it was lost. Its arguments are the groups
 * that run already: it knows them from its first moment, however soon this process is killed. It does not keep this process from ending.
 */
function wardenOfThisProcess(): ChildProcess | null {
  if (warden?.pid !== undefined && warden.exitCode === null && warden.signalCode === null) return warden;
  const again = () => setTimeout(() => groups.size > 0 && wardenOfThisProcess(), restartMs).unref();
  warden = null;
  const started = startWarden();
  if (!started) {
    again();
    return null;
  }
  started.on('error', again);
  started.once('exit', again);
  started.unref();
  // Where the system has no file descriptors left there is no pipe, whatever the types say.
  const pipe = started.stdin as (typeof started.stdin & { unref(): void }) | undefined;
  pipe?.on('error', () => undefined);
  pipe?.unref();
  warden = started;
  return started;
}

/** Null where the system has no room for it now: some faults are thrown, others come as `error`. */
function startWarden(): ChildProcess | null {
  try {
    return spawn(process.execPath, ['-e', program, ...[...groups].map(String)], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      env: {},
    });
  } catch {
    return null;
  }
}

/** Makes sure that a process group ends with this process. Answers how to let go of it once it is gone. */
export function watchOver(group: number): () => void {
  groups.add(group);
  wardenOfThisProcess()?.stdin?.write(`+${group}\n`);
  return () => {
    groups.delete(group);
    warden?.stdin?.write(`-${group}\n`);
  };
}
