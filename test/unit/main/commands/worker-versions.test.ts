import proto from '@temporalio/proto';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../../../src/config/config.ts';
import { buildOf } from '../../../../src/main/commands/version-lines.ts';
import { makeCurrent, workerVersions } from '../../../../src/temporal/worker-versions.ts';

const { WorkerDeploymentVersionStatus: Status } = proto.temporal.api.enums.v1;
const grpcError = (code: number) => Object.assign(new Error('refused'), { code, details: 'refused', metadata: {} });
const notFound = 5;
const failedPrecondition = 9;

/** Temporal as far as builds go; `seen` are those whose workers poll. */
function temporal(seen: readonly string[], current: string | null = null, refusals: readonly number[] = []) {
  const codes = [...refusals];
  const asked: string[] = [];
  let token = 0;
  const workflowService = {
    async describeWorkerDeployment() {
      if (seen.length === 0) throw grpcError(notFound);
      return {
        conflictToken: Uint8Array.of(token),
        workerDeploymentInfo: {
          routingConfig: { currentDeploymentVersion: current === null ? null : { buildId: current } },
          versionSummaries: seen.map((buildId) => ({
            deploymentVersion: { buildId },
            status: buildId.startsWith('drained')
              ? Status.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINED
              : Status.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINING,
          })),
        },
      };
    },
    async setWorkerDeploymentCurrentVersion({
      buildId,
      conflictToken,
    }: {
      buildId: string;
      conflictToken?: Uint8Array;
    }) {
      asked.push(buildId);
      const code = codes.shift();
      if (code !== undefined) throw grpcError(code);
      if (conflictToken && conflictToken[0] !== token) throw grpcError(failedPrecondition);
      token += 1;
      current = buildId;
      return {};
    },
  };
  const connection = { workflowService } as unknown as Parameters<typeof makeCurrent>[0];
  return { connection, asked, current: () => current };
}

describe('the build that new deployments go to', () => {
  it('is the first one that polls, as soon as Temporal has seen it', async () => {
    const { connection, asked } = temporal(['first'], null, [notFound, failedPrecondition]);
    expect(await makeCurrent(connection, 'default', 'first', { onlyFirst: true })).toBe('first');
    expect(asked).toHaveLength(3);
  });

  it('is not taken back by an older worker that starts again', async () => {
    const { connection, asked } = temporal(['first', 'second'], 'second');
    expect(await makeCurrent(connection, 'default', 'first', { onlyFirst: true })).toBe('second');
    expect(asked).toEqual([]);
  });

  it('is another one once a person promotes it', async () => {
    const { connection, current } = temporal(['first', 'second'], 'first');
    expect(await makeCurrent(connection, 'default', 'second')).toBe('second');
    expect(current()).toBe('second');
  });

  it('is none of which no worker polls', async () => {
    const { connection } = temporal(['first'], 'first', [failedPrecondition]);
    const promoted = makeCurrent(connection, 'default', 'second', { withinMs: 0 });
    await expect(promoted).rejects.toMatchObject({ code: 'not-ready' });
  });

  it('lets the earlier ones end what they began, and shows when they may go', async () => {
    const { connection } = temporal(['first', 'drained-one', 'second'], 'second');
    expect((await workerVersions(connection, 'default')).versions).toEqual([
      { build: 'first', state: 'draining' },
      { build: 'drained-one', state: 'drained' },
      { build: 'second', state: 'current' },
    ]);
    expect((await workerVersions(temporal([]).connection, 'default')).versions).toEqual([]);
  });
});

it('a worker is of the build that the configuration names, or of none', async () => {
  expect(await buildOf({ build: 'blue' } as Config)).toBe('blue');
  expect(await buildOf({ build: 'unversioned' } as Config)).toBeNull();
});
