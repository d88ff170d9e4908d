import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { ObtainOptions } from './download-cli.ts';
import { type Environment, executablesOnPath } from './executables.ts';

const buildMs = 20 * 60_000;
const tellEveryMs = 3_000;

/** Builds the CLI with `go install`; resolves to the program's path. Throws what Go said last when that fails. */
export async function buildCli({ into, version, env, progress }: ObtainOptions): Promise<string> {
  const [go] = await executablesOnPath('go', env);
  if (go === undefined) throw new Error('there is no go program on PATH');
  const bin = join(into, 'bin');
  // An empty folder to stand in: a go.mod or go.work around us must have no say in what is built.
  const cwd = join(into, 'empty');
  await Promise.all([mkdir(bin), mkdir(cwd)]);

  const log: string[] = [];
  const counts = { downloaded: 0, compiled: 0 };
  const start = Date.now();
  const timer = setInterval(() => progress(describe(counts, Date.now() - start)), tellEveryMs);
  progress('Building the Temporal CLI with Go; this takes two to four minutes, once');
  const build = execa(go, ['install', '-v', `github.com/temporalio/cli/cmd/temporal@${version}`], {
    cwd,
    env: buildEnvironment(env, bin),
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    buffer: false,
    timeout: buildMs,
    reject: false,
  });
  try {
    for await (const line of build.iterable({ from: 'all' })) count(line);
  } finally {
    clearInterval(timer);
  }
  const result = await build;
  if (result.failed) throw new Error(result.timedOut ? `still building after ${buildMs / 60_000} min` : lastWords());
  return join(bin, 'temporal');

  function count(line: string): void {
    if (line.startsWith('go: downloading ')) counts.downloaded += 1;
    else if (/^[a-z0-9]+(\.[a-z0-9]+)*(\/\S+)*$/i.test(line)) counts.compiled += 1;
    else log.push(line);
  }

  function lastWords(): string {
    return log.slice(-3).join('; ') || `go ended with exit code ${result.exitCode ?? 'none'}`;
  }
}

function describe(counts: { readonly downloaded: number; readonly compiled: number }, elapsedMs: number): string {
  const doing =
    counts.compiled === 0 ? `downloading, ${counts.downloaded} modules` : `compiling, ${counts.compiled} packages`;
  return `Building the Temporal CLI: ${doing} (${Math.round(elapsedMs / 1_000)} s)`;
}

/** Settings of somebody's other Go work (flags, a target system) must not change or break this build. */
function buildEnvironment(env: Environment, bin: string): Record<string, string | undefined> {
  const { GOFLAGS: _flags, GOOS: _system, GOARCH: _architecture, ...rest } = env;
  return { ...rest, GOBIN: bin };
}
