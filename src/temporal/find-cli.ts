import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { GantryError } from '../domain/errors.ts';
import { lockFolder } from '../folder-lock.ts';
import { buildCli } from './build-cli.ts';
import { downloadCli, type ObtainOptions } from './download-cli.ts';
import { type Environment, executablesOnPath, isExecutableFile, tryOut } from './executables.ts';

/** The last release that `go install` can build; a newer one needs `replace` lines, which `go install` refuses. */
export const cliVersion = 'v1.5.1';

export interface FindTemporalCliOptions {
  /** Where `PATH`, `HOME`, `XDG_CACHE_HOME`, proxies and Go's settings are read from. */
  readonly env: Environment;
  /** Folder that keeps the program once we have it; `$XDG_CACHE_HOME/gantry`, else `~/.cache/gantry`, when absent. */
  readonly cacheDir?: string | undefined;
  /** Hears one line of text every few seconds while something slow is going on. */
  readonly progress?: ((line: string) => void) | undefined;
  /** Where archives of the CLI are downloaded from; Temporal's own site when absent, `null` to download nothing. */
  readonly downloadFrom?: string | null | undefined;
}

/** What was tried, and why it did not work. */
interface Attempt {
  readonly what: string;
  readonly reason: string;
}

type Outcome =
  | { readonly kind: 'found'; readonly file: string }
  | { readonly kind: 'missing'; readonly attempt: Attempt };

const trialMs = 5_000;
/** Longer than the slowest build: a process that waits for another's build must not give up before that ends. */
const lockWaitMs = 25 * 60_000;

/**
 * The path of a Temporal CLI that runs: one on `PATH`, else the one in the cache, else downloaded, else built with Go
 * (two to four minutes, once). Two processes that ask at once build it once.
 * Throws `temporal-not-found`, whose message says what was tried and what a person can do.
 */
export async function findTemporalCli(options: FindTemporalCliOptions): Promise<string> {
  const cacheDir = options.cacheDir ?? defaultCacheDir(options.env);
  const cached = join(cacheDir, `temporal-${cliVersion}`, 'temporal');
  const attempts: Attempt[] = [];
  for (const look of [() => onPath(options.env), () => inCache(cached, options.env)]) {
    const outcome = await look();
    if (outcome.kind === 'found') return outcome.file;
    attempts.push(outcome.attempt);
  }
  const outcome = await obtain(cached, options, attempts);
  if (outcome !== null) return outcome;
  throw new GantryError('temporal-not-found', explain(attempts));
}

async function onPath(env: Environment): Promise<Outcome> {
  const broken: string[] = [];
  for (const file of await executablesOnPath('temporal', env)) {
    const fault = await faultOf(file, env);
    if (fault === null) return { kind: 'found', file };
    broken.push(`${file} ${fault}`);
  }
  const reason = broken.length === 0 ? 'no executable file of that name in its absolute folders' : broken.join('; ');
  return { kind: 'missing', attempt: { what: 'a temporal program on PATH', reason } };
}

async function inCache(file: string, env: Environment): Promise<Outcome> {
  const fault = (await isExecutableFile(file)) ? await faultOf(file, env) : 'is not there';
  if (fault === null) return { kind: 'found', file };
  return { kind: 'missing', attempt: { what: 'the cached program', reason: `${file} ${fault}` } };
}

/** Why a file is not a Temporal CLI that runs here, `null` when it is one. Other programs are called `temporal` too. */
async function faultOf(file: string, env: Environment): Promise<string | null> {
  const trial = await tryOut(file, ['--version'], { env, timeoutMs: trialMs });
  if (trial.kind === 'broken') return trial.reason;
  return trial.output.startsWith('temporal version') ? null : 'is another program';
}

/** Downloads or builds the program into the cache, one process at a time. Adds to `attempts` what did not work. */
async function obtain(cached: string, options: FindTemporalCliOptions, attempts: Attempt[]): Promise<string | null> {
  const { env, progress = () => undefined } = options;
  const ways = [
    { what: 'a download', get: (o: ObtainOptions) => downloadCli(o, options.downloadFrom) },
    { what: 'go install', get: buildCli },
  ];
  try {
    const home = dirname(cached);
    await mkdir(home, { recursive: true });
    const lock = await lockFolder(home, { waitMs: lockWaitMs, waiting: everyFewSeconds(progress) });
    if (lock === null) throw new Error('another process was busy with it for too long');
    try {
      // Whoever held the lock before us may have put it there.
      const now = await inCache(cached, env);
      if (now.kind === 'found') return now.file;
      for (const { what, get } of ways) {
        const fault = await keep(cached, (into) => get({ into, version: cliVersion, env, progress }), env);
        if (fault === null) return cached;
        attempts.push({ what, reason: fault });
      }
    } finally {
      lock.release();
    }
  } catch (error) {
    attempts.push({ what: `the cache folder ${dirname(cached)}`, reason: messageOf(error) });
  }
  return null;
}

/** Obtains the program in a folder of its own, tries it out, and only then moves it to its place, in one step. */
async function keep(cached: string, get: (into: string) => Promise<string>, env: Environment): Promise<string | null> {
  const home = dirname(cached);
  const prefix = 'obtaining-';
  // We hold the lock, so whatever lies here belongs to a process that was killed.
  for (const name of await readdir(home)) {
    if (name.startsWith(prefix)) await rm(join(home, name), { recursive: true, force: true });
  }
  const into = await mkdtemp(join(home, prefix));
  try {
    const file = await get(into);
    const fault = await faultOf(file, env);
    if (fault !== null) return `the program ${fault}`;
    await rename(file, cached);
    return null;
  } catch (error) {
    return messageOf(error);
  } finally {
    await rm(into, { recursive: true, force: true });
  }
}

function everyFewSeconds(progress: (line: string) => void): () => void {
  const start = Date.now();
  let last = 0;
  return () => {
    if (Date.now() - last < 3_000) return;
    last = Date.now();
    progress(`Waiting for another process, which gets the Temporal CLI (${Math.round((last - start) / 1_000)} s)`);
  };
}

function defaultCacheDir(env: Environment): string {
  const base = env['XDG_CACHE_HOME'] ?? '';
  return isAbsolute(base) ? join(base, 'gantry') : join(env['HOME'] ?? homedir(), '.cache', 'gantry');
}

function explain(attempts: readonly Attempt[]): string {
  return [
    'No Temporal server is configured and no Temporal CLI could be found or made. Tried:',
    ...attempts.map(({ what, reason }) => `  - ${what}: ${reason}`),
    'Do one of these:',
    '  - set TEMPORAL_ADDRESS to a Temporal server that runs',
    '  - install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on PATH',
    '  - install Go (https://go.dev/dl), with which Gantry builds the Temporal CLI by itself',
  ].join('\n');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
