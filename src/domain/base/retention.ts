const dayMs = 24 * 60 * 60 * 1_000;

/** How long the store keeps what nothing names any more, in milliseconds; `docs/operations.md` lists it. All else it keeps for good. */
export const retentionMs = {
  /** Since they expired. */
  sessions: dayMs,
  /** Of an `Idempotency-Key`, since it was made or last taken; at least 7 days are promised. */
  claims: 30 * dayMs,
  /** Since they were last asked for, where no deployment came of them. */
  plans: 30 * dayMs,
  /** Since they were last printed, where the journal of their deployment does not name them. */
  outputs: 30 * dayMs,
  /** Since they were raised. */
  alerts: 400 * dayMs,
} as const;

export type Swept = Readonly<Record<keyof typeof retentionMs, number>>;
