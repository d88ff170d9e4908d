import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * Starts a program of ours in a process of its own. `name`: its file, as the sources have it; `beside`: the module that it
 * lies beside (`import.meta.url`). A build puts all programs beside each other, as JavaScript.
 */
export function forkProgram(name: string, beside: string, options: ForkOptions): ChildProcess {
  const isSource = beside.endsWith('.ts');
  const file = fileURLToPath(new URL(`./${isSource ? name : name.replace(/\.m?[jt]s$/, '.js')}`, beside));
  // Node 20 does not read TypeScript; where the sources run, tsx is installed.
  const execArgv = file.endsWith('.ts') ? ['--import', pathToFileURL(createRequire(beside).resolve('tsx')).href] : [];
  return fork(file, { ...options, execArgv });
}
