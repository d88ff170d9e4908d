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

const maxLength = 200;

/**
 * Compares what pointers name in an answer with the values and the limits of numbers that are expected there. Nothing and
 * null are what an answer has that measured nothing (JSON writes NaN as null), so they decide nothing; beyond 2^53 a number
 * is no longer the one that was written. Any other value, a number in quotes too, is an answer that was not asked for. What
 * it shows is masked before it is cut.
 */
export function examine(
  parsed: Json,
  { json, number }: { readonly json: JsonObject; readonly number: Readonly<Record<string, NumberLimits>> },
  mask: (text: string) => string,
) {
  /** What each pointer names, as short masked text. */
  const seen: Record<string, string> = {};
  /** The first value that is not as expected: `/release is "1.4.1"`. */
  let fault: string | null = null;
  /** The first pointer that names no number to evaluate: nothing, null, or one too large to be exact. */
  let unmeasured: string | null = null;
  /** Some pointer names another value than the wanted one; one that names nothing differs from nothing. */
  let differs = false;
  const read = (pointer: string) => {
    const found = at(parsed, pointer);
    const text = show(found, mask);
    seen[pointer] = text;
    return { found, is: `${named(pointer)} is ${text}` };
  };
  for (const [pointer, wanted] of Object.entries(json)) {
    const { found, is } = read(pointer);
    const isOther = found !== undefined && !isSame(found, wanted);
    differs ||= isOther;
    if (found === undefined || isOther) fault ??= is;
  }
  for (const [pointer, limits] of Object.entries(number)) {
    const { found, is } = read(pointer);
    if (found === undefined || found === null) unmeasured ??= is;
    else if (typeof found !== 'number') fault ??= `${is}, no number`;
    else if (!isExact(found)) unmeasured ??= `${named(pointer)} is too large to be exact`;
    else {
      const broken = brokenLimit(found, limits);
      differs ||= broken !== null;
      if (broken !== null) fault ??= `${is}: ${broken}`;
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
