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

/**
 * What never waits for the store: a way back, and word to people. Entries ride on these, too, but what the store did
 * not take then rides again.
 */
export function needsNoStore(activityType: string, taskQueue: string | undefined): boolean {
  return taskQueue === taskQueues.rollback || activityType === 'notify';
}
