import type { Answer } from './exchange.ts';

/** What is journaled of an answer: never its body. A check adds the values at the pointers that it names. */
export function observedOf({ status, ms, body, digest }: Answer) {
  return { status, ms, bytes: body.length, digest };
}
