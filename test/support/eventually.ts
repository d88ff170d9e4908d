import { inspect } from 'node:util';
import { waitFor } from './ended.ts';

/** Between the first two questions, and at most, in milliseconds: what takes long is asked for less and less often. */
const firstPauseMs = 50;
const longestPauseMs = 250;

/** Asks again and again until the answer is as wanted. */
export async function eventually<T>(ask: () => Promise<T>, is: (seen: T) => boolean): Promise<T> {
  let last: T | 'no answer' = 'no answer';
  const waitedFor = waitFor(
    () => `${ask.toString().slice(0, 200)} was to answer ${is.toString()}, and was last ${inspect(last)}`,
  );
  try {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 1.1)) {
      const seen = await ask();
      if (is(seen)) return seen;
      last = seen;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  } finally {
    waitedFor();
  }
}
