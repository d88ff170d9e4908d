import type { Wait } from '../journal/waits.ts';

/** An activity that has not ended. */
export interface PendingActivity {
  readonly type: string;
  /** Null where the server does not say. */
  readonly queue: string | null;
  /** `waiting`: for a worker. */
  readonly state: 'waiting' | 'running' | 'paused';
  /** When it was scheduled, ISO 8601; for one that is tried again, when that is due. */
  readonly since: string | null;
}

/** An open deployment or target as Temporal describes it (not by its search index, which may be behind). */
export interface Sighting {
  readonly workflowId: string;
  /** The workflow task that is due or under way. */
  readonly task: { readonly attempt: number; readonly since: string | null; readonly isStarted: boolean } | null;
  /** What Temporal itself reports of its tasks, where it does. */
  readonly problems: readonly string[];
  readonly activities: readonly PendingActivity[];
  readonly events: number;
  readonly bytes: number;
  /** What a deployment in which nothing seems to run reports; null where something runs, or it was not queried. */
  readonly idle: {
    /** Of its last event. */
    readonly since: string;
    readonly waits: readonly Pick<Wait, 'kind' | 'until'>[];
    /** It tries something again after a while. */
    readonly isBackingOff: boolean;
    /** It has the lock, by its target. */
    readonly holdsTarget: boolean;
  } | null;
}

/** A task queue, and when a worker asked for work there last. */
export interface QueueSighting {
  readonly queue: string;
  readonly polledAt: string | null;
}

export interface Sightings {
  readonly workflows: readonly Sighting[];
  readonly queues: readonly QueueSighting[];
}

/** `docs/operations.md` says what to do about each. */
export const findingCodes = [
  'queue-unserved',
  'activity-waits',
  'task-fails',
  'task-waits',
  'stands-still',
  'history-fills',
  'supervision-stopped',
  'disk-full',
] as const;

/** A condition that people are to be paged about. */
export interface Finding {
  readonly code: (typeof findingCodes)[number];
  /** The workflow or task queue. */
  readonly of: string;
  /** Which part of it. */
  readonly part?: string;
  readonly isCompensation?: boolean;
  readonly detail: string;
}
