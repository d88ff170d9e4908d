import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { freePorts } from '../../src/temporal/dev-server/free-ports.ts';
import { editScript } from '../support/edit-script.ts';
import { eventually } from '../support/eventually.ts';
import { ownBuild } from '../support/processes.ts';
import { replayDev } from '../support/replay.ts';

/** What the page shows, in its order: each block with the mark above it. */
interface Block {
  readonly mark: string;
  readonly script: string;
}

const page = readFileSync(new URL('../../docs/first-service.md', import.meta.url), 'utf8');
const blocks: readonly Block[] = [...page.matchAll(/<!-- (.*?) -->\n\n```bash\n([\s\S]*?)```/g)].map(
  ([, mark = '', script = '']) => ({ mark, script }),
);
/** Each port that the page names itself, once. */
const ports = [
  ...new Set(
    blocks.flatMap(({ script }) => [...script.matchAll(/(?:127\.0\.0\.1:|listen\()(\d+)/g)].map(([, port]) => port)),
  ),
];

let folder: string;
let hello: string;
/** The script of a block, at a place of this run's own. */
let here: (script: string) => string;
let env: Readonly<Record<string, string>>;
const staying: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-first-'));
  hello = join(folder, 'hello');
  const [service = 0, api = 0] = await freePorts('127.0.0.1', 2);
  here = (script) => script.replaceAll('/tmp/hello', hello).replaceAll(ports[0] ?? '', String(service));
  await mkdir(join(folder, 'bin'));
  await symlink(ownBuild, join(folder, 'bin', 'gantry'));
  const { PATH = '', HOME = '' } = process.env;
  env = {
    PATH: `${join(folder, 'bin')}:${PATH}`,
    HOME,
    GANTRY_CONFIG: join(folder, 'config.json'),
    GANTRY_LISTEN: `127.0.0.1:${api}`,
  };
});
afterAll(async () => {
  try {
    await replayDev(join(hello, '.gantry'));
  } finally {
    // Each with all that it has started.
    for (const { pid } of staying) if (pid !== undefined) process.kill(-pid, 'SIGTERM');
    await Promise.all(staying.map((one) => new Promise((resolve) => one.once('close', resolve))));
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);

// Without --norc bash takes a pipe of ours for somebody who logs in.
const bash = (script: string) => ['--norc', '-euo', 'pipefail', '-c', script];
async function type(script: string, cwd = folder): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)('bash', bash(script), { cwd, env });
  return stdout + stderr;
}

/** The first terminal, which stays in the folder where a block has led it. */
function firstTerminal(): (script: string) => Promise<string> {
  let cwd = folder;
  return async (script) => {
    const left = join(folder, 'left');
    const output = await type(`trap 'pwd >"${left}"' EXIT\n${script}`, cwd);
    cwd = (await readFile(left, 'utf8')).trim();
    return output;
  };
}

/** A terminal of its own, until the end. */
function stay(script: string): ChildProcess {
  // A loop goes on when what it runs fails.
  const child = spawn('bash', ['--norc', '-c', script], { cwd: folder, env, detached: true });
  staying.push(child);
  return child;
}

async function printed(child: ChildProcess, text: string): Promise<void> {
  let output = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (data) => {
      output += String(data);
      if (output.includes(text)) resolve();
    });
    child.once('close', () => reject(new Error(`it ended before it printed ${text}: ${output}`)));
  });
}

/** How a pipeline ended. */
interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Comes back once the deployment of a pipeline waits for somebody's approval, or once that has ended. */
async function startPipeline(running: Promise<string>): Promise<Promise<Ended>[]> {
  const pipeline = running.then(
    (output) => ({ code: 0, output }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      output: error.stdout + error.stderr,
    }),
  );
  const status = () => type('gantry status hello/production --json --context alice').catch(() => '');
  await Promise.race([eventually(status, (text) => text.includes('"phase":"awaiting-approval"')), pipeline]);
  return [pipeline];
}

/** Does what the page says from its beginning to its end; answers what was printed, and how the pipelines ended. */
async function follow(): Promise<{ readonly outputs: readonly string[]; readonly pipelines: readonly Ended[] }> {
  const outputs: string[] = [];
  const pipelines: Ended[] = [];
  const first = firstTerminal();
  let running: readonly Promise<Ended>[] = [];
  for (const { mark, script: shown } of blocks) {
    const [verb, what = ''] = mark.split(' ');
    const script = here(shown);
    if (verb === 'edit') await editScript(join(hello, what), script);
    else if (verb === 'stays') {
      const child = stay(script);
      if (script.includes('gantry dev')) await printed(child, 'Gantry is ready');
    } else if (what === 'deploy') running = await startPipeline(first(script));
    else if (what === 'approve') {
      outputs.push(await type(script));
      pipelines.push(...(await Promise.all(running)));
    } else outputs.push(await first(script));
  }
  return { outputs, pipelines };
}

it('has its service listen where gantry dev does not', () => {
  expect(ports).toEqual([expect.stringMatching(/^\d+$/)]);
  expect(ports).not.toContain(String(readConfig({}).listen.port));
});

it('takes a service from an empty folder to its second release, and back from a bad one, as the page shows', async () => {
  const { outputs, pipelines } = await follow();
  expect(pipelines).toEqual([
    { code: 0, output: expect.stringMatching(/hello\.production\.1 {2}1\.1\.0 {2}succeeded/) as unknown },
    {
      code: 1,
      output: expect.stringMatching(
        /51 within 1 min failed .* by 1\.2\.0-broken\n[^]*hello\.production\.2 {2}1\.2\.0-broken {2}rolled-back/,
      ) as unknown,
    },
  ]);
  const all = outputs.join('\n');
  expect(all).toContain('The policy is sound');
  expect(all).toContain('No fault (production)');
  expect(all).toMatch(/hello from 1\.1\.0\n.*# Deployment record: hello 1\.1\.0 to production/s);
  expect(outputs.at(-1)).toMatch(/^hello from 1\.1\.0\n[\s\S]*rolled-back/);
}, 300_000);
