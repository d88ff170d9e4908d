/** Where work waits for a worker. A worker serves all of them unless it is configured otherwise. */
export const taskQueues = {
  /** Workflows, compensations (they begin with the task that decides on them) and short activities. */
  main: 'gantry',
  /** Actions: few at once. */
  actions: 'gantry-actions',
  /** Health monitors: many at once, each for as long as its deployment. */
  monitors: 'gantry-monitors',
  /** Waits that watch nothing, for a window or for the end of a deployment: none of them takes a monitor's slot. */
  waits: 'gantry-waits',
  /** What a rollback reads, and compensations that found no place on the workflows' own queue: never behind anything else. */
  rollback: 'gantry-rollback',
} as const;

/** How many activities of each queue a worker runs at once at most. */
export type Slots = { readonly [queue in keyof typeof taskQueues]: number };

/** As many as one worker of two cores carries; the variables `GANTRY_SLOTS_…` override it. */
export const usualSlots: Slots = { main: 100, actions: 50, monitors: 1_000, waits: 1_000, rollback: 100 };

/** How many polls for actions a worker has open at once: few, where monitors have many slots. */
export const actionPollers = 4;
