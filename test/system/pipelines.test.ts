import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stages } from '../../src/domain/base/stages.ts';
import type { Status } from '../../src/domain/deployment/status.ts';
import { createToken } from '../../src/main/keys/tokens.ts';
import { startTcpProxy, type TcpProxy } from '../faults/tcp-proxy.ts';
import { type CiIdentity, startGitHubIdentity, startGitLabIdentity, type Variables } from '../support/ci-identity.ts';
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
  /** What its CI signs of its runs; null: nothing. */
  readonly identity: CiIdentity | null;
}

/** One that runs. */
interface Running {
  readonly output: () => string;
  readonly ended: Promise<Ended>;
  readonly kill: () => void;
}

interface Evidence {
  readonly stage: string;
  readonly result: string;
  readonly submittedBy: string;
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

const identities: Readonly<Record<Ci, () => Promise<CiIdentity> | null>> = {
  github: startGitHubIdentity,
  gitlab: startGitLabIdentity,
  shell: () => null,
};

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
  const started = await Promise.all(
    repositories.map(async ({ ci, repository }) => ({
      ci,
      repository,
      way: await startTcpProxy(() => Number(new URL(rig.url).port)),
      identity: await identities[ci](),
    })),
  );
  rig = await startRig({
    // The rules of each are the same.
    policy: { ...repositories[0]?.repository.policy, robots: started.flatMap(robotsOf) },
    signingKeys: 'own',
    pipelineAudiences: started.map(apiOf),
  });
  pipelines = await Promise.all(
    started.map(async (one) => {
      await cp(join(one.repository.folder, 'deploy/procedures'), rig.procedures, { recursive: true });
      return { ...one, token: await createToken(rig.store, `key:ci-${one.repository.service}`) };
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
  await Promise.all(
    pipelines.map(async ({ way, identity }) => {
      await way.close();
      await identity?.close();
    }),
  );
  await rig?.close();
  await rm(folder, { recursive: true, force: true });
});

const apiOf = ({ way }: Pick<Pipeline, 'way'>) => `http://127.0.0.1:${way.port}`;

/** The robot of the policy that `gantry init` has written, and the same without a key, by the claims of its CI. */
function robotsOf({ ci, repository: { policy, service }, identity }: Omit<Pipeline, 'token'>): readonly object[] {
  const [robot] = policy.robots;
  const origin = ci === 'github' ? { repository: `acme/${service}` } : { project_path: `acme/${service}` };
  const claims = { ...origin, environment: 'production' };
  return [{ ...robot }, ...(identity ? [{ ...robot, subject: withoutKey(service, identity), claims }] : [])];
}
const withoutKey = (service: string, { issuer }: CiIdentity) => `oidc:${issuer}|ci-${service}`;

/** What the CI gives a job of a run, where it signs what that is; null: the job has a key. */
async function identityOf({ identity, repository, ...one }: Pipeline, tag: string, run: string, owner = 'acme') {
  const named = { repository: `${owner}/${repository.service}`, tag, run, attempt: 1 };
  return identity && identity.variables(repository.folder, named, { GANTRY_API: apiOf(one) });
}

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

/**
 * Has the pipeline of a tag run as the CI would; `run` and `attempt` are those of the CI. `identity`: what that gives the
 * job; null: a key.
 */
function start(one: Pipeline, tag: string, run: string, attempt = 1, identity: Variables | null = null): Running {
  const { ci, repository } = one;
  const who = identity ? { token: null, identity } : { token: one.token, identity: {} };
  const job = { repository: repository.folder, tag, run, attempt, api: apiOf(one), ...who };
  const { file, args, env, log } = runners[ci](job);
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
  const ended = once(child, 'close').then(async ([code]) => {
    running.delete(child);
    const steps = log === undefined ? '' : await readFile(log, 'utf8');
    return { code: code as number | null, output: output() + steps };
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

/** What is known of the artifact of a tag, the newest first. */
async function evidenceOf({ repository }: Pipeline, tag: string) {
  const path = `/v1/evidence?digest=${await repository.digestOf(tag)}`;
  const { body } = await rig.call<{ evidence: readonly Evidence[] }>('key:alice', 'GET', path);
  return body.evidence.map(({ stage, result, submittedBy }) => ({ stage, result, submittedBy }));
}

/** Loses the answer to the next request with these words, and the connection; both are there again at once. */
async function loseAnswer(way: TcpProxy, words: string): Promise<void> {
  await way.lose('answers', Buffer.from(words));
  way.cut();
  way.open();
}

/** Each stage has passed once. */
const passedBy = (submittedBy: string) => stages.map((stage) => ({ stage, result: 'PASSED', submittedBy })).reverse();

/** How the CI says with what its job has ended. */
function endOfJob(ci: Ci, code: number): RegExp {
  const said = { github: `exit status ${code}$`, gitlab: `FAIL ${code}\\b`, shell: '' };
  return new RegExp(said[ci], 'm');
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

async function deploy(
  one: Pipeline,
  tag: string,
  run: string,
  attempt = 1,
  identity: Variables | null = null,
): Promise<Ended & { readonly id: string }> {
  const pipeline = start(one, tag, run, attempt, identity);
  const id = await awaitingApproval(one, pipeline);
  await rig.approve(id);
  return { ...(await pipeline.ended), id };
}

describe('the pipeline that gantry init has written', { timeout: 180_000 }, () => {
  it('deploys nothing where its evidence is not taken', async () => {
    await each(async (one) => {
      const { ci, way, repository, identity } = one;
      await repository.release('v1.1.0');
      const ofAnother = await identityOf(one, 'v1.1.0', '11', 'mallory');
      // Of the shell it is taken, and nobody ever says so.
      if (!identity) void way.lose('answers', Buffer.from('POST /v1/evidence')).then(() => way.refuse());
      const { code, output } = await start(one, 'v1.1.0', '11', 1, ofAnother).ended;
      way.open();
      const [why, exitCode] = identity ? ['error[forbidden]: The policy knows no robot', 3] : ['error[not-ready]', 5];
      expect(output).toContain(why);
      expect(output).toMatch(endOfJob(ci, exitCode));
      expect(code).toBe(identity ? 1 : exitCode);
      const taken = identity ? [] : [{ stage: 'integration', result: 'PASSED', submittedBy: 'key:ci-by-shell' }];
      expect(await evidenceOf(one, 'v1.1.0')).toEqual(taken);
      expect(await deploymentsOf(one)).toEqual([]);
    });
  });

  it('proves a release in five stages and brings it to its users, without a key where its CI says what it is', async () => {
    await each(async (one) => {
      const { repository, identity } = one;
      const ofRun = await identityOf(one, 'v1.1.0', '11');
      const { code, output, id } = await deploy(one, 'v1.1.0', '11', 2, ofRun);
      expect(output).toMatch(/v1\.1\.0 {2}succeeded/);
      expect(code).toBe(0);
      for (const secret of identity?.secrets ?? []) expect(output).not.toContain(secret);
      const { outcome, requester } = await rig.status(id);
      expect(outcome).toBe('succeeded');
      expect(requester).toMatchObject({ name: `CI of ${repository.service}` });
      expect(await repository.served()).toBe('v1.1.0');
      const by = identity ? withoutKey(repository.service, identity) : `key:ci-${repository.service}`;
      expect((await evidenceOf(one, 'v1.1.0')).slice(0, stages.length)).toEqual(passedBy(by));
    });
  });

  it('is of one deployment, though its connection is lost, its runner ends, and the job is repeated', async () => {
    await each(
      async (one) => {
        const { way, repository } = one;
        await repository.release('v1.2.0');
        const isProven = loseAnswer(way, 'POST /v1/evidence');
        const lost = start(one, 'v1.2.0', '12');
        // Each was taken, and the answer was lost.
        await isProven;
        await loseAnswer(way, 'POST /v1/deployments');
        const id = await awaitingApproval(one, lost);
        expect(await evidenceOf(one, 'v1.2.0')).toEqual(passedBy(`key:ci-${repository.service}`));
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
      const isTold = loseAnswer(one.way, 'FAILED');
      const { code, output } = await start(one, 'v1.3.0', '13').ended;
      await isTold;
      expect(output).toMatch(endOfJob(one.ci, 1));
      expect(code).toBe(1);
      expect(output).toMatch(/context.*FAILED/i);
      expect(await evidenceOf(one, 'v1.3.0')).toMatchObject([
        { stage: 'context', result: 'FAILED' },
        { stage: 'integration', result: 'PASSED' },
      ]);
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
      expect(output).toMatch(endOfJob(one.ci, 1));
      expect(code).toBe(1);
      expect(await one.repository.served()).toBe(before);
    });
  });
});
