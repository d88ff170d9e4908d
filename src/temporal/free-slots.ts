import type { ConnectionLike } from '@temporalio/client';
import proto from '@temporalio/proto';
import { hasGrpcCode } from './grpc-codes.ts';

const { WORKER_STATUS_RUNNING } = proto.temporal.api.enums.v1.WorkerStatus;

/** How many activities a worker could begin on a task queue, as it last said. */
export interface FreeSlots {
  /** `host/pid`. */
  readonly identity: string;
  readonly queue: string;
  readonly free: number;
}

/** Workers say it once a minute at least; Temporal remembers those that are gone for longer. */
const freshMs = 70_000;
const maxWorkers = 1_000;

/** The free slots of the workers that run now. Nothing where the server takes no heartbeats of workers, or none came yet. */
export async function freeSlots(
  { workflowService }: Pick<ConnectionLike, 'workflowService'>,
  namespace: string,
): Promise<readonly FreeSlots[]> {
  const since = Date.now() - freshMs;
  const { workersInfo } = await workflowService
    .listWorkers({ namespace, pageSize: maxWorkers })
    .catch((error: unknown) => {
      if (hasGrpcCode(error, 'unimplemented', 'invalid-argument')) return { workersInfo: [] };
      throw error;
    });
  return workersInfo.flatMap(({ workerHeartbeat: said }) => {
    const slots = said?.activityTaskSlotsInfo;
    const isFresh = Number(said?.heartbeatTime?.seconds ?? 0) * 1_000 > since;
    if (!said || !slots || !isFresh || said.status !== WORKER_STATUS_RUNNING) return [];
    return [
      { identity: said.workerIdentity ?? '', queue: said.taskQueue ?? '', free: slots.currentAvailableSlots ?? 0 },
    ];
  });
}
