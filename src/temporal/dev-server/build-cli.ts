import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { ObtainOptions } from './download-cli.ts';
import { type Environment, executablesOnPath } from './executables.ts';

/** Go prints nothing while it links the program, which takes a minute on a slow machine. */
const defaultSilenceMs = 10 * 60_000;
const reportEveryMs = 3_000;

/**
 * Builds the CLI with `go install`, however long that takes, while Go prints something now and then; resolves to the
 * program's path. Throws the last lines that Go printed when that fails.
 */
export async function buildCli(
  { into, version, env, progress }: ObtainOptions,
  silenceMs = defaultSilenceMs,
): Promise<string> {
  const [go] = await executablesOnPath('go', env);
  if (go === undefined) throw new Error('there is no go program on PATH');
  const bin = join(into, 'bin');
  // An empty working folder: a go.mod or go.work around us must not change what is built.
  const cwd = join(into, 'empty');
  await Promise.all([mkdir(bin), mkdir(cwd)]);

  const log: string[] = [];
  const counts = { downloaded: 0, compiled: 0 };
  const start = Date.now();
  let lastLineAt = start;
  let isSilent = false;
  progress('Building the Temporal CLI with Go; this takes two to four minutes, once');
  const build = execa(go, ['install', '-v', `github.com/temporalio/cli/cmd/temporal@${version}`], {
    cwd,
    env: buildEnvironment(env, bin),
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
    forceKillAfterDelay: 2_000,
  });
  const timer = setInterval(
    () => {
      progress(describe(counts, Date.now() - start));
      if (Date.now() - lastLineAt >= silenceMs) isSilent = build.kill();
    },
    Math.min(reportEveryMs, silenceMs),
  );
  try {
    for await (const line of build.iterable({ from: 'all' })) {
      lastLineAt = Date.now();
      count(line);
    }
  } finally {
    clearInterval(timer);
  }
  const result = await build;
  if (result.failed) throw new Error(isSilent ? `Go said nothing for ${silenceMs / 60_000} min` : lastWords());
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

/** Settings for other Go work (flags, a target system) must not change or break this build. */
function buildEnvironment(env: Environment, bin: string): Record<string, string | undefined> {
  const { GOFLAGS: _flags, GOOS: _system, GOARCH: _architecture, ...rest } = env;
  return { ...rest, GOBIN: bin };
}
