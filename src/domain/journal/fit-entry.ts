import { byteLength, digestOf } from '../base/canonical-json.ts';
import { toPointer } from '../base/refuse.ts';
import type { EntryBody, LeftOut } from './entries.ts';

/** An entry is at most this many bytes of JSON. */
export const entryLimitBytes = 4096;

/** Room for `v`, `seq` and `at`, which stand before the body. */
const placeBytes = 100;

/** Texts are cut to so many bytes of JSON, as few as needed. Ids, times, digests and subjects have fewer than the last. */
const textLimits = [1024, 512, 256] as const;

/** Then lists are cut to so many members, and so are objects whose keys are data. */
const memberLimits = [512, 384, 256, 192, 128, 96, 64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1, 0] as const;

/** Objects whose keys are data, with everything in them; the others have the fields of their type and keep them. */
const openObjects: ReadonlySet<string> = new Set(['resolved', 'observed', 'badAnswersBy']);

const bytesOf = (value: unknown) => byteLength(JSON.stringify(value));

/** Whether an entry fits into the limit as it is. */
export function fits(body: EntryBody): boolean {
  return bytesOf(body) <= entryLimitBytes - placeBytes;
}

/**
 * Makes an entry fit into the limit: first its long texts are cut, each marked with the digest of what it was, then its
 * lists, and `leftOut` says how much of them. What was cut from an output is in the store under the output's own digest.
 * `lock-granted` is never touched: what acts is filled in from it, and planning refuses a plan whose bindings do not fit.
 */
export function fitEntry<T extends EntryBody>(body: T): T & LeftOut {
  if (body.type === 'lock-granted' || fits(body)) return body;
  let fitted: T & LeftOut = body;
  for (const maxLength of textLimits) {
    fitted = cutTexts(body, maxLength) as T;
    if (fits(fitted)) return fitted;
  }
  const shortened = fitted;
  for (const max of memberLimits) {
    fitted = cutLists(shortened, max);
    if (fits(fitted)) return fitted;
  }
  return fitted;
}

function cutTexts(value: unknown, maxLength: number): unknown {
  if (typeof value === 'string') return cutText(value, maxLength);
  if (Array.isArray(value)) return value.map((item) => cutTexts(item, maxLength));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, cutTexts(member, maxLength)]));
}

/** The beginning and the end of a text, with a mark between; never longer than the text was. */
function cutText(text: string, maxLength: number): string {
  if (bytesOf(text) <= maxLength) return text;
  const mark = `… [${text.length} characters, ${digestOf(text)}] …`;
  for (let kept = maxLength; ; kept = Math.floor((kept * 3) / 4)) {
    const [head, tail] = [Math.ceil((kept * 2) / 3), Math.floor(kept / 3)];
    const cut = `${text.slice(0, head).toWellFormed()}${mark}${text.slice(text.length - tail).toWellFormed()}`;
    if (bytesOf(cut) <= maxLength) return cut;
  }
}

function cutLists<T extends EntryBody>(body: T, max: number): T & LeftOut {
  const leftOut: Record<string, number> = {};
  const keep = <V>(all: readonly V[], path: readonly PropertyKey[]): readonly V[] => {
    if (all.length > max) leftOut[toPointer(path)] = all.length - max;
    return all.slice(0, max);
  };
  const visit = (value: unknown, path: readonly PropertyKey[], isOpen: boolean): unknown => {
    if (Array.isArray(value)) return keep(value, path).map((item, i) => visit(item, [...path, i], isOpen));
    if (value === null || typeof value !== 'object') return value;
    const members = Object.entries(value);
    return Object.fromEntries(
      (isOpen ? keep(members, path) : members).map(([key, member]) => [
        key,
        visit(member, [...path, key], isOpen || openObjects.has(key)),
      ]),
    );
  };
  return { ...(visit(body, [], false) as T), leftOut };
}
