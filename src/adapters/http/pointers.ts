import { isExact } from '../../domain/base/exact-numbers.ts';
import type { Json, JsonObject } from '../../domain/base/json.ts';
import { brokenLimit, type NumberLimits } from '../../domain/kinds/measured-numbers.ts';

/** What a JSON pointer (RFC 6901) names in a value; undefined when there is nothing. */
export function at(value: Json, pointer: string): Json | undefined {
  let found: Json | undefined = value;
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (found === null || typeof found !== 'object' || !Object.hasOwn(found, key)) return undefined;
    // An array has members by number alone: its length is none.
    if (Array.isArray(found) && !/^(0|[1-9]\d*)$/.test(key)) return undefined;
    found = (found as JsonObject)[key];
  }
  return found;
}

export interface Comparison {
  /** What each pointer named, as short masked text. */
  readonly seen: JsonObject;
  /** The first that is not as expected: `/release is "1.4.1"`. */
  readonly fault: string | null;
  /** Some pointer names another value than the wanted one; one that names nothing differs from nothing. */
  readonly differs: boolean;
}

const maxLength = 200;

/** An answer as JSON; undefined: it is none. */
export function parseJson(body: Buffer): Json | undefined {
  try {
    return JSON.parse(body.toString('utf8')) as Json;
  } catch {
    return undefined;
  }
}

/** Compares an answer with what is expected at its pointers, by value. What it shows is masked before it is cut. */
export function compare(parsed: Json, expected: JsonObject, mask: (text: string) => string): Comparison {
  const seen: Record<string, Json> = {};
  let fault: string | null = null;
  let differs = false;
  for (const [pointer, wanted] of Object.entries(expected)) {
    const found = at(parsed, pointer);
    const text = show(found, mask);
    seen[pointer] = text;
    const isOther = found !== undefined && !isSame(found, wanted);
    differs ||= isOther;
    if (found === undefined || isOther) fault ??= `${named(pointer)} is ${text}`;
  }
  return { seen, fault, differs };
}

export interface Measured extends Comparison {
  readonly seen: { readonly [pointer: string]: string };
  /** The first pointer that names no number to go by: nothing, null, or one too large to be exact. */
  readonly unmeasured: string | null;
}

/**
 * Holds what pointers name to limits. Nothing and null are what an answer has that measured nothing (JSON writes NaN as
 * null), so they decide nothing; beyond 2^53 a number is no longer the one that was written. Any other value, a number in
 * quotes too, is an answer that was not asked for.
 */
export function measure(
  parsed: Json,
  wanted: Readonly<Record<string, NumberLimits>>,
  mask: (text: string) => string,
): Measured {
  const seen: Record<string, string> = {};
  let [fault, unmeasured, differs]: [string | null, string | null, boolean] = [null, null, false];
  for (const [pointer, limits] of Object.entries(wanted)) {
    const found = at(parsed, pointer);
    const text = show(found, mask);
    seen[pointer] = text;
    if (found === undefined || found === null) unmeasured ??= `${named(pointer)} is ${text}`;
    else if (typeof found !== 'number') fault ??= `${named(pointer)} is ${text}, no number`;
    else if (!isExact(found)) unmeasured ??= `${named(pointer)} is too large to be exact`;
    else {
      const broken = brokenLimit(found, limits);
      differs ||= broken !== null;
      if (broken !== null) fault ??= `${named(pointer)} is ${text}: ${broken}`;
    }
  }
  return { seen, fault, unmeasured, differs };
}

/** The pointer to everything has no letters. */
export const named = (pointer: string) => (pointer === '' ? 'the answer' : pointer);

const show = (found: Json | undefined, mask: (text: string) => string) =>
  found === undefined ? 'missing' : mask(print(found)).slice(0, maxLength).toWellFormed();

/** Whether two values are the same JSON. Goes no deeper than `wanted`: the answer comes from outside. */
function isSame(found: Json, wanted: Json): boolean {
  if (found === null || wanted === null || typeof found !== 'object' || typeof wanted !== 'object')
    return found === wanted;
  if (Array.isArray(found) !== Array.isArray(wanted)) return false;
  const [inFound, inWanted] = [found as JsonObject, wanted as JsonObject];
  const keys = Object.keys(inWanted);
  if (Object.keys(inFound).length !== keys.length) return false;
  return keys.every((key) => Object.hasOwn(inFound, key) && isSame(inFound[key] as Json, inWanted[key] as Json));
}

function print(value: Json): string {
  try {
    return JSON.stringify(value);
  } catch {
    return 'too deep to show';
  }
}

/** Masks every string in a value. */
export function maskAll(value: JsonObject, mask: (text: string) => string): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [mask(key), typeof member === 'string' ? mask(member) : member]),
  );
}
