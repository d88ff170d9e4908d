// How old evidence is, of a stage or of a rehearsal: whoever asks, the same way.

/** Clocks of pipelines and workers may be ahead of this one by so much, in milliseconds. */
const maxAheadMs = 60_000;

/** The age of a proof counts from here (ISO 8601): its `finishedOn`, of several statements that count together the first. */
export function agedFrom(statements: readonly { readonly finishedOn: string }[]): string {
  return statements.map(({ finishedOn }) => finishedOn).reduce((a, b) => (Date.parse(b) < Date.parse(a) ? b : a));
}

/** Whether it was finished more than 60 s after now (milliseconds since the epoch), which no clock explains. */
export function isFromTheFuture(finishedOn: string, now: number): boolean {
  return Date.parse(finishedOn) > now + maxAheadMs;
}

/** Whether that was longer ago than policy allows; what is no time is, too. */
export function isTooOld(since: string, now: number, maxAgeMs: number): boolean {
  return !(Date.parse(since) >= now - maxAgeMs);
}
