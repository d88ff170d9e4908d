import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { devNull } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

interface Row {
  readonly name: string;
  readonly value: string;
}

/** A git repository of this disk with the runbook of the shop, which Gantry keeps true. */
export interface Runbook {
  readonly url: string;
  readonly path: string;
  /** What Gantry's block says, once this release stands there; what it says then where that takes too long. */
  telling(release: string): Promise<readonly Row[]>;
  /** The commits of the branch, the newest first, once the record of this deployment is there. */
  commits(deployment: string): Promise<readonly string[]>;
}

const path = 'services/shop.md';
const begin = '<!-- gantry:release -->';
const end = '<!-- /gantry:release -->';
const runbook = `# The shop

Out of order? \`curl $SHOP/health\`, then look at the log of the slot that serves.

${begin}
${end}

Who to call: support, day and night.
`;
const shown = ['Release', 'Artifact', 'Serves since', 'Approved by'];
const patienceMs = 20_000;
const author = { NAME: 'Bob May', EMAIL: 'bob@shop.example' };

/** Makes it with one commit; null where this machine has no git of 2.31 or newer. */
export async function startRunbook(folder: string): Promise<Runbook | null> {
  const bare = join(folder, 'runbooks.git');
  const git = gitIn(bare);
  if (!(await isThere(git))) return null;
  const work = join(folder, 'runbooks');
  await mkdir(dirname(join(work, path)), { recursive: true });
  await writeFile(join(work, path), runbook);
  await git('init', '--quiet', '--bare', '--initial-branch=main', bare);
  await git('--work-tree', work, 'add', '.');
  await git('--work-tree', work, 'commit', '--quiet', '--message', 'docs: runbook of the shop');
  const block = async () => {
    const text = await git('show', `main:${path}`);
    const inner = text.slice(text.indexOf(begin) + begin.length, text.indexOf(end));
    return inner
      .split('\n')
      .flatMap(rowOf)
      .filter(({ name }) => shown.includes(name));
  };
  return {
    url: pathToFileURL(bare).href,
    path,
    telling: (release) => inTime(block, (rows) => rows.some(({ value }) => value === release)),
    commits: (deployment) =>
      inTime(
        async () => (await git('log', '--format=%h %an: %s', 'main')).trim().split('\n'),
        (lines) => lines.some((line) => line.endsWith(`record of ${deployment}`)),
      ),
  };
}

/** Looks again until it is as wanted; where that takes too long, what there is then. */
async function inTime<Seen>(look: () => Promise<Seen>, is: (seen: Seen) => boolean): Promise<Seen> {
  for (const since = Date.now(); ; await new Promise((resolve) => setTimeout(resolve, 200))) {
    const seen = await look();
    if (is(seen) || Date.now() - since > patienceMs) return seen;
  }
}

/** A line of the table as a person reads it. */
function rowOf(line: string): readonly Row[] {
  const [, name = '', value] = /^\| ([^|]*) \| (.*) \|$/.exec(line) ?? [];
  return value === undefined ? [] : [{ name, value: value.replaceAll('`', '') }];
}

type Git = (...args: readonly string[]) => Promise<string>;

/** The machine's git with nothing of its user's: neither settings nor a repository that it was started in. */
function gitIn(bare: string): Git {
  const given = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const who = ['AUTHOR', 'COMMITTER'].flatMap((role) => [
    [`GIT_${role}_NAME`, author.NAME],
    [`GIT_${role}_EMAIL`, author.EMAIL],
  ]);
  const own = [...given, ...who, ['GIT_CONFIG_GLOBAL', devNull], ['GIT_CONFIG_NOSYSTEM', '1']];
  const env = Object.fromEntries(own) as NodeJS.ProcessEnv;
  return async (...args) =>
    (await promisify(execFile)('git', ['--git-dir', bare, '-c', 'core.bare=false', ...args], { env })).stdout;
}

async function isThere(git: Git): Promise<boolean> {
  const said = await git('--version').catch(() => '');
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(said) ?? []).slice(1).map(Number);
  return major > 2 || (major === 2 && minor >= 31);
}
