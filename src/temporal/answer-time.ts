/**
 * How long Temporal may take to answer, in milliseconds: beyond that there is none. The API says `engine-unavailable` then (503,
 * to be repeated), and a worker asks again by its next attempt.
 */
export const answerMs = 5_000;

/** The same for a query, which needs a worker: without one the store answers instead, so this is short. */
export const queryMs = 2_000;
