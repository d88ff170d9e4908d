import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stages } from '../../src/domain/base/stages.ts';
import type { Status } from '../../src/domain/deployment/status.ts';
import { createToken } from '../../src/main/keys/tokens.ts';
import { startTcpProxy, type TcpProxy } from '../faults/tcp-proxy.ts';
import { eventually } from '../support/eventually.ts';
import {
  badRelease,
  failingStage,
  type PipelineRepository,
  startPipelineRepository,
} from '../support/pipeline-repository.ts';
import { type PipelineRunners, pipelineRunners } from '../support/pipeline-runners.ts';
import { type Rig, startRig } from '../support/rig.ts';

type Ci = keyof PipelineRunners;

/** A repository, what runs its pipeline, and the way from there to the API. */
interface Pipeline {
  readonly ci: Ci;
  readonly repository: PipelineRepository;
  readonly token: string;
  readonly way: TcpProxy;
}

/** One that runs. */
interface Running {
  readonly output: () => string;
  readonly ended: Promise<Ended>;
  readonly kill: () => void;
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

let folder: string;
let runners: PipelineRunners;
let rig: Rig;
let pipelines: readonly Pipeline[] = [];
const running = new Set<ChildProcess>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-pipelines-'));
  runners = await pipelineRunners();
  const services = { github: 'on-github', gitlab: 'on-gitlab', shell: 'by-shell' } as const;
  const repositories = await Promise.all(
    Object.entries(services).map(async ([ci, service]) => ({
      ci: ci as Ci,
      repository: await startPipelineRepository(folder, service, ci as Ci),
    })),
  );
  const policies = repositories.map(({ repository }) => repository.policy);
  // The rules of each are the same.
  rig = await startRig({
    policy: { ...policies[0], robots: policies.flatMap(({ robots }) => robots) },
    signingKeys: 'own',
  });
  pipelines = await Promise.all(
    repositories.map(async ({ ci, repository }) => {
      await cp(join(repository.folder, 'deploy/procedures'), rig.procedures, { recursive: true });
      const way = await startTcpProxy(() => Number(new URL(rig.url).port));
      return { ci, repository, way, token: await createToken(rig.store, `key:ci-${repository.service}`) };
    }),
  );
  await each(async ({ repository }) => {
    await repository.release('v1.0.0');
    const artifact = await repository.installByHand('v1.0.0');
    const adoption = { release: 'v1.0.0', artifact, reason: 'it runs already' };
    const path = `/v1/targets/${repository.service}/production/adopt`;
    const { status, body } = await rig.call('key:bob', 'POST', path, adoption, { 'idempotency-key': path });
    if (status >= 300) throw new Error(JSON.stringify(body));
  });
}, 300_000);
afterAll(async () => {
  for (const one of running) kill(one);
  for (const { repository } of pipelines) repository.stop();
  await Promise.all(pipelines.map(({ way }) => way.close()));
  await rig?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Does the same with all pipelines, or these, side by side. */
async function each(work: (one: Pipeline) => Promise<void>, of: readonly Ci[] = ['github', 'gitlab', 'shell']) {
  const works = pipelines
    .filter(({ ci }) => of.includes(ci))
    .map((one) =>
      work(one).catch((error: Error) => {
        error.message = `${one.ci}: ${error.message}`;
        throw error;
      }),
    );
  // One that fails leaves no other running into the next case.
  await Promise.allSettled(works);
  await Promise.all(works);
}

/** Has the pipeline of a tag run as the CI would; `run` and `attempt` are those of the CI. */
function start({ ci, repository, token, way }: Pipeline, tag: string, run: string, attempt = 1): Running {
  const api = `http://127.0.0.1:${way.port}`;
  const { file, args, env } = runners[ci]({ repository: repository.folder, tag, run, attempt, api, token });
  const child = spawn(file, args, {
    cwd: repository.folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      // What `gantry` is there, the pipeline has installed.
      PATH: process.env['PATH'] ?? '',
      HOME: join(folder, `home-${ci}`),
      TMPDIR: folder,
      GANTRY_CONFIG: join(folder, 'config.json'),
      ...env,
    },
  });
  running.add(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  // Some of them give their jobs a terminal.
  const output = () => stripVTControlCharacters(said);
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return { code: code as number | null, output: output() };
  });
  return { output, ended, kill: () => kill(child) };
}

/** With all that it has started. */
function kill({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL');
}

async function deploymentsOf({ repository }: Pipeline): Promise<readonly Status[]> {
  const path = `/v1/deployments?service=${repository.service}`;
  return (await rig.call<{ items: readonly Status[] }>('key:alice', 'GET', path)).body.items;
}

const printed = (pipeline: Running, text: string) =>
  eventually(
    () => Promise.resolve(pipeline.output()),
    (output) => output.includes(text),
  );

/** Its deployment, once that waits for somebody's approval; fails when the pipeline ends before. */
async function awaitingApproval(one: Pipeline, { ended }: Running): Promise<string> {
  let end: Ended | null = null;
  void ended.then((is) => {
    end = is;
  });
  const found = await eventually(
    async () => {
      if (end) throw new Error(`it has ended before: ${end.output}`);
      return (await deploymentsOf(one)).find(({ phase }) => phase === 'awaiting-approval');
    },
    (open) => open !== undefined,
  );
  return found?.id ?? '';
}

async function deploy(one: Pipeline, tag: string, run: string): Promise<Ended & { readonly id: string }> {
  const pipeline = start(one, tag, run);
  const id = await awaitingApproval(one, pipeline);
  await rig.approve(id);
  return { ...(await pipeline.ended), id };
}

describe('the pipeline that gantry init has written', { timeout: 180_000 }, () => {
  it('proves a release in five stages and brings it to its users', async () => {
    await each(async (one) => {
      await one.repository.release('v1.1.0');
      const { code, output, id } = await deploy(one, 'v1.1.0', '11');
      expect(output).toMatch(/v1\.1\.0 {2}succeeded/);
      expect(code).toBe(0);
      const { outcome, ...status } = await rig.status(id);
      expect(outcome).toBe('succeeded');
      expect(await one.repository.served()).toBe('v1.1.0');
      const { body } = await rig.call('key:alice', 'GET', `/v1/evidence?digest=${status.artifact.digest}`);
      const by = `key:ci-${one.repository.service}`;
      const passed = stages.map(
        (stage) => expect.objectContaining({ stage, result: 'PASSED', submittedBy: by }) as unknown,
      );
      expect(body['evidence']).toEqual(expect.arrayContaining(passed));
    });
  });

  it('is of one deployment, though its connection is lost, its runner ends, and the job is repeated', async () => {
    await each(
      async (one) => {
        const { way, repository } = one;
        await repository.release('v1.2.0');
        const isAsked = way.lose('answers', Buffer.from('POST /v1/deployments'));
        const lost = start(one, 'v1.2.0', '12');
        await isAsked;
        // It was requested, and the answer was lost.
        way.cut();
        way.open();
        const id = await awaitingApproval(one, lost);
        await printed(lost, `${id} is requested`);
        lost.kill();

        const repeated = start(one, 'v1.2.0', '12', 2);
        await printed(repeated, `${id} is requested`);
        way.refuse();
        await rig.approve(id);
        await rig.until(id, ({ phase }) => phase === 'monitoring');
        way.open();
        expect(await repeated.ended).toEqual({
          code: 0,
          output: expect.stringContaining(`${id}  v1.2.0  succeeded`) as unknown,
        });

        expect(await start(one, 'v1.2.0', '12', 3).ended).toEqual({
          code: 0,
          output: expect.stringContaining(`${id}  v1.2.0  succeeded`) as unknown,
        });
        expect(await deploymentsOf(one)).toHaveLength(2);
      },
      ['github', 'gitlab'],
    );
  });

  it('fails with its first stage that fails, and deploys nothing', async () => {
    await each(async (one) => {
      const before = await deploymentsOf(one);
      await one.repository.release('v1.3.0', failingStage('context'));
      const { code, output } = await start(one, 'v1.3.0', '13').ended;
      expect(code).not.toBe(0);
      expect(output).toMatch(/context.*FAILED/i);
      expect(output).not.toContain('--stage system');
      expect(await deploymentsOf(one)).toHaveLength(before.length);
    });
  });

  it('fails with 1 where the release is taken back', async () => {
    await each(async (one) => {
      const before = await one.repository.served();
      await one.repository.release('v1.4.0', { ...failingStage('none'), ...badRelease });
      const { code, output, id } = await deploy(one, 'v1.4.0', '14');
      expect(output).toContain(`${id}  v1.4.0  rolled-back`);
      // Of the job, and of whatever ran it.
      expect(output).toMatch({ github: /exit status 1$/m, gitlab: /FAIL 1\b/, shell: /^/ }[one.ci]);
      expect(code).toBe(1);
      expect(await one.repository.served()).toBe(before);
    });
  });
});
