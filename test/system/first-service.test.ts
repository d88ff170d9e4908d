import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
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

let folder: string;
let hello: string;
let blocks: readonly Block[];
let env: Readonly<Record<string, string>>;
const staying: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-first-'));
  hello = join(folder, 'hello');
  const [service = 0, api = 0] = await freePorts('127.0.0.1', 2);
  const page = await readFile(new URL('../../docs/first-service.md', import.meta.url), 'utf8');
  blocks = [...page.matchAll(/<!-- (.*?) -->\n\n```bash\n([\s\S]*?)```/g)].map(([, mark = '', script = '']) => ({
    mark,
    script: script.replaceAll('/tmp/hello', hello).replaceAll('8080', String(service)),
  }));
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
async function type(script: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)('bash', bash(script), { cwd: folder, env });
  return stdout + stderr;
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

/** Starts the pipeline, and comes back once its deployment waits for somebody's approval, or once it has ended. */
async function startPipeline(script: string): Promise<Promise<Ended>[]> {
  const pipeline = type(script).then(
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
  let running: readonly Promise<Ended>[] = [];
  for (const { mark, script } of blocks) {
    const [verb, what = ''] = mark.split(' ');
    if (verb === 'edit') await editScript(join(hello, what), script);
    else if (verb === 'stays') {
      const child = stay(script);
      if (script.includes('gantry dev')) await printed(child, 'Gantry is ready');
    } else if (what === 'deploy') running = await startPipeline(script);
    else {
      outputs.push(await type(script));
      if (what === 'approve') pipelines.push(...(await Promise.all(running)));
    }
  }
  return { outputs, pipelines };
}

it('takes a service from an empty folder to its second release, and back from a bad one, as the page shows', async () => {
  const { outputs, pipelines } = await follow();
  expect(pipelines).toEqual([
    { code: 0, output: expect.stringMatching(/hello\.production\.1 {2}1\.1\.0 {2}succeeded/) as unknown },
    { code: 1, output: expect.stringMatching(/hello\.production\.2 {2}1\.2\.0-broken {2}rolled-back/) as unknown },
  ]);
  const all = outputs.join('\n');
  expect(all).toContain('The policy is sound');
  expect(all).toContain('No fault (production)');
  expect(all).toMatch(/hello from 1\.1\.0\n.*# Deployment record: hello 1\.1\.0 to production/s);
  expect(outputs.at(-1)).toMatch(/^hello from 1\.1\.0\n[\s\S]*rolled-back/);
}, 300_000);
