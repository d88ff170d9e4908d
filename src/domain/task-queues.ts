/** Where work waits for a worker. A worker serves all of them unless told otherwise. */
export const taskQueues = {
  /** Workflows and short activities. */
  main: 'gantry',
  /** Actions: few at once. */
  actions: 'gantry-actions',
  /** Health monitors: many at once, each for as long as its deployment. */
  monitors: 'gantry-monitors',
  /** Compensations and what they read: never behind anything else. */
  rollback: 'gantry-rollback',
} as const;
