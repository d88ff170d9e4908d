import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionLike } from '@temporalio/client';
import proto from '@temporalio/proto';
import { GantryError } from '../domain/base/errors.ts';
import { hasGrpcCode } from './grpc-codes.ts';

/** Temporal's name for all of Gantry's workers, whatever their build. */
export const workerDeployment = 'gantry';

const { WorkerDeploymentVersionStatus: Status } = proto.temporal.api.enums.v1;

/**
 * What Temporal knows of a build. `current`: new deployments go to it. `draining`: deployments that it began still run, so
 * its workers must live. `drained`: they may go. `idle`: it has never been current.
 */
export interface WorkerVersion {
  readonly build: string;
  readonly state: 'current' | 'draining' | 'drained' | 'idle';
}

interface Versions {
  readonly current: string | null;
  readonly versions: readonly WorkerVersion[];
  /** Of this state: a change that names it is refused once another process has made one. */
  readonly token: Uint8Array | null;
}

type Connection = Pick<ConnectionLike, 'workflowService'>;

/** All builds whose workers Temporal has seen, the newest first. */
export async function workerVersions({ workflowService }: Connection, namespace: string): Promise<Versions> {
  try {
    const { workerDeploymentInfo: info, conflictToken } = await workflowService.describeWorkerDeployment({
      namespace,
      deploymentName: workerDeployment,
    });
    const current = info?.routingConfig?.currentDeploymentVersion?.buildId || null;
    const versions = (info?.versionSummaries ?? []).map(({ deploymentVersion, status }): WorkerVersion => {
      const build = deploymentVersion?.buildId ?? '';
      return { build, state: build === current ? 'current' : stateOf(status) };
    });
    return { current, versions, token: conflictToken };
  } catch (error) {
    if (hasGrpcCode(error, 'not-found')) return { current: null, versions: [], token: null };
    if (hasGrpcCode(error, 'unimplemented'))
      throw new GantryError(
        'invalid-config',
        'This Temporal server knows no versions of workers: GANTRY_BUILD=unversioned does without (docs/how-to/upgrade.md).',
      );
    throw error;
  }
}

function stateOf(status: proto.temporal.api.enums.v1.WorkerDeploymentVersionStatus | null | undefined) {
  if (status === Status.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINING) return 'draining';
  return status === Status.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINED ? 'drained' : 'idle';
}

/** A worker that polls is seen by Temporal within moments. */
const seenWithinMs = 30_000;

/**
 * Makes a build the one that new deployments go to, and running targets, as soon as Temporal has seen a worker of it. With
 * `onlyFirst` nothing is changed where there is a current one: an older worker that starts again does not take it back.
 * Answers the current build. Throws `not-ready` when no worker of the build polls all task queues, `invalid-config` where the
 * server has no versions of workers.
 */
export async function makeCurrent(
  { workflowService }: Connection,
  namespace: string,
  build: string,
  { onlyFirst = false, withinMs = seenWithinMs }: { readonly onlyFirst?: boolean; readonly withinMs?: number } = {},
): Promise<string> {
  const until = Date.now() + withinMs;
  for (;;) {
    const { current, token } = await workerVersions({ workflowService }, namespace);
    if (current === build || (current !== null && onlyFirst)) return current;
    try {
      await workflowService.setWorkerDeploymentCurrentVersion({
        namespace,
        deploymentName: workerDeployment,
        buildId: build,
        ...(token ? { conflictToken: token } : {}),
      });
      return build;
    } catch (error) {
      // Not seen yet, or another worker was quicker: looked at again.
      if (!hasGrpcCode(error, 'not-found', 'failed-precondition')) throw error;
      if (Date.now() >= until)
        throw new GantryError(
          'not-ready',
          `No worker of build ${build} polls every task queue that the current one polls.`,
          {
            cause: error,
          },
        );
      await delay(200);
    }
  }
}
