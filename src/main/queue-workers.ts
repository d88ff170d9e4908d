import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { type InjectedSinks, type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import {
  type ActivityDeps,
  createActivities,
  createJournalTail,
  createNudges,
  journalInterceptor,
} from '../activities/index.ts';
import { actionPollers, type Slots, taskQueues, usualSlots } from '../domain/base/task-queues.ts';
import { workerDeployment } from '../temporal/worker-versions.ts';
import type { Doorbell } from '../workflows/engine/doorbell.ts';
import { builtBundle } from './build.ts';

export interface WorkerSetup {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly deps: ActivityDeps;
  /** The bundled workflows; the built ones when absent. */
  readonly workflowBundle?: WorkerOptions['workflowBundle'];
  /** How many activities of each queue may be under way; the usual ones when absent. */
  readonly slots?: Slots;
  /** How many threads carry out workflows; one for each core when absent. */
  readonly threads?: number;
  /** The build whose deployments it carries out; null or absent: those that no versioned worker takes. */
  readonly build?: string | null;
}

export type RunningWorker = Awaited<ReturnType<typeof startWorker>>;

/**
 * An action that runs when its worker is to stop may go on for `graceMs`; then it is cancelled, which it has until
 * `forceMs` to notice. Both are below the 30 s after which supervisors kill.
 */
const graceMs = 20_000;
const forceMs = 27_000;
const quietMs = 2_000;
const lookAgainMs = 100;

/** They only replay, so one for each core is enough. */
const usualThreads = Math.max(2, availableParallelism());

/**
 * Serves all task queues: one worker each, so that compensations never wait behind anything and a stop hands health
 * monitors over at once while actions may end. Numbers come from measurements: a lost worker's tasks are taken over
 * after 1 s, a cancellation reaches a running action within 50 ms.
 */
export async function startWorker(setup: WorkerSetup) {
  const { connection, namespace, deps, workflowBundle, slots = usualSlots, threads = usualThreads, build } = setup;
  const nudges = createNudges();
  const activities = { ...createActivities(deps, nudges) };
  const tail = createJournalTail({ store: deps.store, rest: (id, after) => deps.journals.rest(id, after) });
  const sinks: InjectedSinks<Doorbell> = {
    gantry: {
      journalGrew: { fn: ({ workflowId }, id, seq) => tail.grew(workflowId, id, seq), callDuringReplay: false },
      monitorEnds: { fn: ({ workflowId }) => nudges.nudge(workflowId), callDuringReplay: false },
    },
  };
  const common: Omit<WorkerOptions, 'taskQueue'> = {
    connection,
    namespace,
    activities,
    identity: deps.worker,
    maxHeartbeatThrottleInterval: 50,
    defaultHeartbeatThrottleInterval: 50,
    shutdownForceTime: forceMs,
    // On every queue, so that what a deployment asks of workers is done by the build that it runs on.
    ...(build == null
      ? {}
      : {
          workerDeploymentOptions: {
            useWorkerVersioning: true,
            version: { deploymentName: workerDeployment, buildId: build },
            defaultVersioningBehavior: 'AUTO_UPGRADE',
          },
        }),
    interceptors: { activity: [(context) => ({ inbound: journalInterceptor(deps, context) })] },
  };
  const create = (queue: keyof typeof taskQueues, options: Partial<WorkerOptions> = {}) =>
    Worker.create({
      ...common,
      taskQueue: taskQueues[queue],
      maxConcurrentActivityTaskExecutions: slots[queue],
      ...options,
    });
  const workers = await Promise.all([
    create('main', {
      workflowBundle: workflowBundle ?? { codePath: builtBundle },
      sinks,
      stickyQueueScheduleToStartTimeout: '1s',
      // After a restart every deployment is replayed. More at once than threads can replay, and each takes longer than
      // the time that its task has: all of them begin anew, none gets through.
      workflowThreadPoolSize: threads,
      maxConcurrentWorkflowTaskExecutions: 2 * threads,
      maxCachedWorkflows: 500,
      // A compensation that it has begun is let end, as on the queue of their own.
      shutdownGraceTime: graceMs,
    }),
    create('actions', {
      activityTaskPollerBehavior: { type: 'simple-maximum', maximum: actionPollers },
      shutdownGraceTime: graceMs,
    }),
    create('monitors'),
    create('waits'),
    create('rollback', { shutdownGraceTime: graceMs }),
  ]);
  const runs = Promise.all(workers.map((worker) => worker.run()));
  const stopAll = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  // One that fails takes the others with it: half a worker would let deployments wait unnoticed.
  const stopped = runs.then(
    () => undefined,
    (error: unknown) => {
      stopAll();
      throw error;
    },
  );
  return {
    /** Rejects when a worker fails; resolves after `stop`. */
    stopped,
    /** Takes nothing new, lets actions end, hands monitors over; resolves when all is quiet. */
    stop: async (): Promise<void> => {
      // Only while workflows still answer.
      await tail.stop();
      stopAll();
      await Promise.race([runs, untilQuiet(workers)]);
    },
  };
}

/**
 * Resolves once workers that are to stop have run nothing for a moment. Their `run` may go on for a minute more:
 * some servers are to end the polls that are open themselves, and one that comes at the same instant stays open
 * (temporalio/temporal#9545), as all do where the server no longer answers.
 */
async function untilQuiet(workers: readonly Worker[]): Promise<void> {
  for (let quietForMs = 0; quietForMs < quietMs; quietForMs += lookAgainMs) {
    await delay(lookAgainMs);
    if (!workers.every(isQuiet)) quietForMs = 0;
  }
}

function isQuiet(worker: Worker): boolean {
  const { runState, numInFlightActivities, numInFlightWorkflowActivations } = worker.getStatus();
  return runState !== 'RUNNING' && numInFlightActivities === 0 && numInFlightWorkflowActivations === 0;
}

/** A client for activities on the worker's own connection. */
export function clientOf(connection: NativeConnection, namespace: string): Client {
  return new Client({ connection, namespace });
}
