import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SimpleGit, simpleGit } from 'simple-git';
import type { RepositoryJob } from './job.ts';

/** What stands in the repository's own configuration: no hooks, no helpers, no work in the background, no redirects. */
const settings = `
[core]
	hooksPath = /dev/null
	fsmonitor = false
[gc]
	auto = 0
[maintenance]
	auto = false
[commit]
	gpgSign = false
[push]
	gpgSign = false
	recurseSubmodules = no
[fetch]
	recurseSubmodules = no
[http]
	followRedirects = false
	lowSpeedLimit = 1
	lowSpeedTime = 20
[transfer]
	fsckObjects = true
`;

/** A file as it is to be committed. */
export interface Write {
  readonly mode: string;
  readonly content: string;
}

/**
 * A bare repository in a folder of its own, so that nothing of a remote is ever checked out: no symlink is followed, no
 * filter or hook of it runs. Neither the user's configuration nor the machine's counts. Every call rejects with the
 * message of git, which has no credentials in it.
 */
export class ScratchRepository {
  private readonly job: RepositoryJob;
  private readonly git: SimpleGit;

  constructor(job: RepositoryJob) {
    this.job = job;
    const own = {
      PATH: job.path,
      HOME: job.folder,
      LANG: 'C',
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_LITERAL_PATHSPECS: '1',
      GIT_ALLOW_PROTOCOL: 'file:http:https',
      ...authorizationOf(job),
    };
    this.git = simpleGit({
      baseDir: job.folder,
      maxConcurrentProcesses: 1,
      allowEnvironment: Object.keys(own),
      unsafe: { allowUnsafeConfigEnvCount: true, allowAbbreviatedOptions: true },
      errors: (_, { exitCode, stdErr, stdOut }) => (exitCode === 0 ? undefined : Buffer.concat([...stdErr, ...stdOut])),
    }).env(own);
  }

  async open(): Promise<void> {
    await this.git.raw('init', '--quiet', '--bare', '.');
    await appendFile(join(this.job.folder, 'config'), settings);
  }

  /** The newest commit of the branch, brought here. */
  async fetch(): Promise<string> {
    const { url, branch } = this.job;
    await this.git.raw('fetch', '--quiet', '--depth=1', '--no-tags', '--', url, `refs/heads/${branch}`);
    return (await this.git.raw('rev-parse', '--verify', 'FETCH_HEAD^{commit}')).trim();
  }

  /** What a commit has at a path; null: nothing. */
  async entry(commit: string, path: string) {
    const listed = await this.git.raw('ls-tree', '-z', commit, '--', path);
    const [, mode, type, object] = /^(\d{6}) (\w+) ([0-9a-f]+)\t/.exec(listed) ?? [];
    return mode !== undefined && type !== undefined && object !== undefined ? { mode, type, object } : null;
  }

  async size(object: string): Promise<number> {
    return Number((await this.git.raw('cat-file', '-s', object)).trim());
  }

  async read(object: string): Promise<Buffer> {
    return (await this.git.binaryCatFile(['blob', object])) as Buffer;
  }

  /** One commit on top of another with these files, which is not pushed yet. */
  async commit(parent: string, files: ReadonlyMap<string, Write>): Promise<string> {
    const { folder, message, author } = this.job;
    await this.git.raw('read-tree', parent);
    for (const [path, { mode, content }] of files) {
      const file = join(folder, 'gantry-content');
      await writeFile(file, content);
      const object = (await this.git.raw('hash-object', '-w', '--no-filters', '--', file)).trim();
      await this.git.raw('update-index', '--add', '--cacheinfo', `${mode},${object},${path}`);
    }
    const tree = (await this.git.raw('write-tree')).trim();
    const text = join(folder, 'gantry-message');
    await writeFile(text, message);
    const named = [`user.name=${author.name}`, `user.email=${author.email}`].flatMap((one) => ['-c', one]);
    return (await this.git.raw(...named, 'commit-tree', tree, '-p', parent, '-F', text)).trim();
  }

  /** Moves the branch on to a commit that stands on what was fetched; a remote that has moved meanwhile refuses it. */
  async push(commit: string): Promise<void> {
    const { url, branch } = this.job;
    await this.git.raw('push', '--porcelain', '--no-follow-tags', '--', url, `${commit}:refs/heads/${branch}`);
  }
}

/** By the environment, which neither the list of processes nor any error shows; for this URL alone. */
function authorizationOf({ url, authorization }: RepositoryJob): Record<string, string> {
  if (authorization === null) return {};
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${url}.extraHeader`,
    GIT_CONFIG_VALUE_0: authorization,
  };
}
