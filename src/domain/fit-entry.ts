import { byteLength, digestOf } from './canonical-json.ts';
import { type EntryBody, entryLimitBytes } from './journal.ts';

/**
 * Makes an entry fit into the limit by cutting its longest texts, each marked with the digest of what it was. What
 * was cut from an output is in the store under the output's own digest.
 */
export function fitEntry<T extends EntryBody>(body: T): T {
  let fitted = body;
  for (let longest = 1024; byteLength(JSON.stringify(fitted)) > entryLimitBytes - 100 && longest >= 16; longest /= 2)
    fitted = cutTexts(body, longest) as T;
  return fitted;
}

function cutTexts(value: unknown, longest: number): unknown {
  if (typeof value === 'string') {
    if (value.length <= longest) return value;
    return `${value.slice(0, longest / 2).toWellFormed()}… [${value.length} characters, ${digestOf(value)}] …${value.slice(-longest / 4).toWellFormed()}`;
  }
  if (Array.isArray(value)) {
    const kept = value.slice(0, longest).map((item) => cutTexts(item, longest));
    return kept;
  }
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, cutTexts(member, longest)]));
  return value;
}
