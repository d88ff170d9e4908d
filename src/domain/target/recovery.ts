/** What the replaced store had and the restored backup lacks; it was kept because it stops something. */
export interface KeptStop {
  readonly kind: 'freeze' | 'revoked-key' | 'retired-signing-key';
  readonly id: string;
}

/**
 * A store that was restored, from its first moment until a person ends the recovery. Meanwhile nothing begins. Times are
 * ISO 8601 UTC.
 */
export interface Recovery {
  readonly id: string;
  /** When the backup was taken; null: not known. */
  readonly takenAt: string | null;
  readonly beganAt: string;
  readonly why: string;
  readonly kept: readonly KeptStop[];
}

/** Who ended a recovery. */
export interface RecoveryEnd {
  readonly at: string;
  readonly by: string;
  readonly reason: string;
}

/** Why nothing can be begun during a recovery. */
export function recoveryFault({ beganAt, why }: Pick<Recovery, 'beganAt' | 'why'>): string {
  return `Since ${beganAt} the store is in recovery (${why}): nothing begins until gantry recovery end.`;
}
