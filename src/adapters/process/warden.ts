import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Runs beside the worker and outlives it by a moment: it knows the process groups that the worker has started and ends
 * those that are left when the worker's end of the pipe closes, kill -9 included.
 */
const program = `
const groups = new Set();
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

let warden: ChildProcess | null = null;

/** The warden of this process, started when it is first needed. It does not keep this process from ending. */
function wardenOfThisProcess(): ChildProcess {
  if (warden && warden.exitCode === null && warden.signalCode === null) return warden;
  const started = spawn(process.execPath, ['-e', program], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: {},
  });
  started.on('error', () => undefined);
  started.stdin.on('error', () => undefined);
  started.unref();
  (started.stdin as unknown as { unref(): void }).unref();
  warden = started;
  return started;
}

/** Makes sure that a process group ends with this process. Answers how to let go of it once it is gone. */
export function watchOver(group: number): () => void {
  const keeper = wardenOfThisProcess();
  keeper.stdin?.write(`+${group}\n`);
  return () => void keeper.stdin?.write(`-${group}\n`);
}
