import { inspect } from 'node:util';
import { waitFor } from './ended.ts';

/** Asks again and again until the answer is as wanted. */
export async function eventually<T>(ask: () => Promise<T>, is: (seen: T) => boolean): Promise<T> {
  let last: T | 'no answer' = 'no answer';
  const waitedFor = waitFor(
    () => `${ask.toString().slice(0, 200)} was to answer ${is.toString()}, and was last ${inspect(last)}`,
  );
  try {
    for (;;) {
      const seen = await ask();
      if (is(seen)) return seen;
      last = seen;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    waitedFor();
  }
}
