import type { ConnectionLike } from '@temporalio/client';
import proto from '@temporalio/proto';
import { hasGrpcCode } from './grpc-codes.ts';

const { WORKER_STATUS_RUNNING } = proto.temporal.api.enums.v1.WorkerStatus;

/** What a worker last said of itself, on one of its task queues. */
export interface WorkerWord {
  /** `host/pid`. */
  readonly identity: string;
  /** Null: it is of no build that Temporal knows. */
  readonly build: string | null;
  readonly queue: string;
  /** When, in milliseconds, by its own clock. */
  readonly saidMs: number;
  /** Not once it has begun to stop: then it takes nothing new. */
  readonly isRunning: boolean;
  /** How many activities it could begin there; null: it does not say, or has not for long. */
  readonly free: number | null;
}

/** How many activities a worker could begin on a task queue, as it last said. */
export interface FreeSlots extends Pick<WorkerWord, 'identity' | 'build' | 'queue'> {
  readonly free: number;
}

/** Workers say it once a minute at least; Temporal remembers those that are gone for longer. */
const freshMs = 70_000;
const maxWorkers = 1_000;

/**
 * What workers say of themselves, those that have stopped too; `now` by the clock that they go by. Nothing where the server
 * takes no heartbeats of workers, or none came yet.
 */
export async function wordsOfWorkers(
  { workflowService }: Pick<ConnectionLike, 'workflowService'>,
  namespace: string,
  now: number,
): Promise<readonly WorkerWord[]> {
  const { workersInfo } = await workflowService
    .listWorkers({ namespace, pageSize: maxWorkers })
    .catch((error: unknown) => {
      if (hasGrpcCode(error, 'unimplemented', 'invalid-argument')) return { workersInfo: [] };
      throw error;
    });
  return workersInfo.flatMap(({ workerHeartbeat: said }) => {
    if (!said) return [];
    const { deploymentVersion: version, activityTaskSlotsInfo: slots } = said;
    const saidMs = Number(said.heartbeatTime?.seconds ?? 0) * 1_000 + (said.heartbeatTime?.nanos ?? 0) / 1_000_000;
    return [
      {
        identity: said.workerIdentity ?? '',
        // One of no deployment names the SDK in its place.
        build: version?.deploymentName ? version.buildId || null : null,
        queue: said.taskQueue ?? '',
        saidMs,
        isRunning: said.status === WORKER_STATUS_RUNNING,
        free: slots && saidMs > now - freshMs ? (slots.currentAvailableSlots ?? 0) : null,
      },
    ];
  });
}

/** The free slots of the workers that run now. */
export const freeSlots = (words: readonly WorkerWord[]): readonly FreeSlots[] =>
  words.flatMap(({ identity, build, queue, isRunning, free }) =>
    isRunning && free !== null ? [{ identity, build, queue, free }] : [],
  );
