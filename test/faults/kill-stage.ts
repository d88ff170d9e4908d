import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type GitRemote, serveGit, startGitRemote } from '../support/git-remote.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { rules, testPolicy } from '../support/policy.ts';
import type { GantryProcess } from '../support/processes.ts';
import { doAll } from '../support/within.ts';
import { type Hearers, startHearers } from './kill-hearers.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

export type Victim = 'worker' | 'api';

/** A real installation with everybody whom deployments tell something, whose worker and API are killed at points. */
export interface KillStage {
  readonly there: Installation;
  readonly hearers: Hearers;
  readonly remote: GitRemote;
  /** Between the API and Temporal. */
  readonly proxy: TcpProxy;
  /** kill -9, then another one in its place. One after the other. */
  strike(victim: Victim): Promise<void>;
  /** Resolves once whoever was killed is there again. */
  strikes(): Promise<void>;
  /** The next push is held on this side of the remote's taking it, until it is let go or its git has gone. */
  holdPush(side: PushSide): Promise<HeldPush>;
  stop(): Promise<void>;
}

export type PushSide = 'before' | 'after';

export interface HeldPush {
  /** Resolves once a push is held; false: it was let go before one came. */
  readonly isHeld: Promise<boolean>;
  letGo(): Promise<void>;
}

export async function startKillStage(): Promise<KillStage> {
  const hearers = await startHearers();
  const remote = await startGitRemote({ 'README.md': 'Runbooks\n' });
  // On a machine of its own, as it were: there what a push has begun goes on when whoever pushed is killed.
  const host = await serveGit(remote, { username: 'gantry', password: 'a password of git' });
  const secrets = await mkdtemp(join(tmpdir(), 'gantry-secrets-'));
  await writeFile(join(secrets, 'hook'), 'a key of the receiver');
  await writeFile(join(secrets, 'git'), 'a password of git');
  await writeFile(join(secrets, 'page-key'), '7'.repeat(64));
  const killed = {
    ...rules,
    stakeholders: [
      {
        name: 'Shop team',
        webhook: `${hearers.url}/team`,
        secret: 'hook',
        on: ['requested', 'wanted', 'deployed', 'ended'],
      },
      {
        name: 'On call',
        webhook: `${hearers.url}/first`,
        secret: 'hook',
        cloudevents: `${hearers.url}/second`,
        on: ['page'],
      },
    ],
    paging: { acknowledgeWithin: '8s' },
  };
  const repositories = {
    runbooks: {
      url: host.url,
      author: { name: 'Gantry', email: 'gantry@shop.example' },
      credentials: { username: 'gantry', password: '${secret:git}' },
    },
  };
  const policy = { ...testPolicy, repositories, environments: { ...testPolicy.environments, killed } };
  const env = async (url: string) => ({ GANTRY_SECRETS: secrets, GANTRY_PUBLIC_URL: url });
  const there = await startInstallation({ policy, env });
  const proxy = await startTcpProxy(() => Number(there.temporal().address.split(':')[1]));
  const ofApi = { TEMPORAL_ADDRESS: `127.0.0.1:${proxy.port}` };
  await there.restartApi(ofApi);
  let worker = await there.startWorker();
  for (const [hook, side] of [
    ['pre-receive', 'before'],
    ['post-receive', 'after'],
  ] as const)
    await remote.hook(
      hook,
      `mv hold-${side} held-${side} 2>/dev/null || exit 0\nwhile [ -e held-${side} ]; do sleep 0.1; done`,
    );
  /** As whoever supervises it does: one that finds Temporal too busy to answer, and ends, is started again. */
  const started = async (): Promise<GantryProcess> => {
    for (let tries = 1; ; tries += 1)
      try {
        return await there.startWorker();
      } catch (error) {
        if (tries === 5) throw error;
      }
  };
  let turn: Promise<void> = Promise.resolve();
  const kill = async (victim: Victim) => {
    if (victim === 'worker') {
      await worker.kill('SIGKILL');
      worker = await started();
      return;
    }
    await there.api().kill('SIGKILL');
    proxy.open();
    await there.restartApi(ofApi);
  };
  return {
    there,
    hearers,
    remote,
    proxy,
    strike(victim) {
      turn = turn.then(() => kill(victim));
      return turn;
    },
    strikes: () => turn,
    async holdPush(side) {
      const file = (state: string) => join(remote.folder, `${state}-${side}`);
      await writeFile(file('hold'), '');
      let isLetGo = false;
      const isThere = (path: string) =>
        access(path).then(
          () => true,
          () => false,
        );
      const look = async (): Promise<boolean> => {
        for (;;) {
          if (await isThere(file('held'))) return true;
          if (isLetGo) return false;
          await delay(20);
        }
      };
      return {
        isHeld: look(),
        async letGo() {
          isLetGo = true;
          for (const state of ['hold', 'held']) await rm(file(state), { force: true });
        },
      };
    },
    stop: () =>
      doAll([
        () => there.stop(),
        () => proxy.close(),
        () => hearers.close(),
        () => host.close(),
        () => remote.remove(),
        () => rm(secrets, { recursive: true, force: true }),
      ]),
  };
}
