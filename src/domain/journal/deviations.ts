const minor = ['minor'] as const;
const major = ['major'] as const;
const either = ['minor', 'major'] as const;

/**
 * All that is a deviation, with how much it weighs: each retry, overrun, pause, note, override and drift, and what could not
 * be done, seen or said in time. One major deviation, and the record does not certify the deployment.
 */
export const deviations = {
  /** An attempt at a step failed or was lost, and is followed by another one. */
  retry: minor,
  /** A step's answer was lost, and its effect was found to be there. */
  'done-without-answer': minor,
  /** A worker was lost while checks ran: they ran again. */
  'check-repeated': minor,
  /** A step failed, or a person reported it as failed: rolled back. */
  'step-failed': major,
  /** Validation checks did not pass: rolled back. */
  'validation-failed': major,
  /** A health check breached: rolled back. */
  'health-breach': major,
  /** An approver is no longer in the policy, or not in that role: rolled back. */
  'approval-lost': major,
  /** The window closed, or a freeze came, after the first change: it went on. */
  'window-overrun': minor,
  /** Somebody paused it. */
  paused: minor,
  /** A person added something to the record, and says how much it weighs. */
  note: either,

  /** Nobody watched a health check for a while; major where a change stood and nobody took the watch over. */
  unwatched: either,
  /** Nobody measures a rollback. */
  unmeasured: minor,
  /** What the health monitor counted was lost, or did not come in time. */
  'monitor-lost': major,
  /** The monitoring period was made longer by as much as nobody watched. */
  'monitoring-extended': minor,
  /** Nobody took the handoff in time. */
  'handoff-late': major,

  /** An attempt at undoing a step failed; the last one is major. */
  'compensation-failed': either,
  /** Undoing a step waits for the store. */
  'compensation-waits': minor,
  /** The rollback checks could not run. */
  'rollback-unverified': major,
  /** Rollback checks fail as they did before the change, which an emergency waived. */
  'rollback-as-before': major,
  /** Rollback checks fail, and a person says what serves. */
  'accepted-unverified': major,
  /** A repair did not get the lock of its target. */
  'no-grant': major,
  /** The deployment was terminated, or lost. */
  'ended-from-outside': major,

  /** A key of the configuration could not be read. */
  'configuration-unread': minor,
  /** Readings of a key cannot be compared, since they were digested with two keys. */
  'configuration-key-changed': minor,
  /** A key drifted: it changed, and no step says so. */
  'configuration-undeclared': major,
  /** A key changed again after validation. */
  'configuration-again': major,
  /** A key is not as before after the rollback. */
  'configuration-not-back': major,

  /** A notification did not reach everybody. */
  'not-delivered': minor,
  /** A page goes to no second channel. */
  'page-not-followed': major,
  /** A document could not be written. */
  'document-failed': minor,
  /** Documents were not written by the end. */
  'documents-late': minor,
  /** A record, or its file, could not be published. */
  'record-late': minor,
} as const;

/** What is journaled as a deviation. Journals of other builds may have other codes. */
export type DeviationCode = keyof typeof deviations;

/** How much a deviation of this code may weigh. */
export type SeverityOf<Code extends DeviationCode> = (typeof deviations)[Code][number];
