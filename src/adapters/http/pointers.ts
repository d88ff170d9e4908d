import type { Json, JsonObject } from '../../domain/adapters.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';

/** What a JSON pointer (RFC 6901) names in a value; undefined when there is nothing. */
export function at(value: Json, pointer: string): Json | undefined {
  let found: Json | undefined = value;
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (found === null || typeof found !== 'object' || !Object.hasOwn(found, key)) return undefined;
    found = (found as JsonObject)[key];
  }
  return found;
}

export interface Comparison {
  /** What each pointer named, as short text. */
  readonly seen: JsonObject;
  /** The first that is not as expected: `/release is "1.4.1"`. */
  readonly fault: string | null;
}

const longest = 200;

/** Compares an answer with what is expected at its pointers, by value. */
export function compare(body: Buffer, expected: JsonObject): Comparison {
  let parsed: Json;
  try {
    parsed = JSON.parse(body.toString('utf8')) as Json;
  } catch {
    return { seen: {}, fault: 'the answer is not JSON' };
  }
  const seen: Record<string, Json> = {};
  let fault: string | null = null;
  for (const [pointer, wanted] of Object.entries(expected)) {
    const found = at(parsed, pointer);
    const text = found === undefined ? 'missing' : JSON.stringify(found).slice(0, longest);
    seen[pointer] = text;
    if (found === undefined || canonicalJson(found) !== canonicalJson(wanted)) fault ??= `${pointer} is ${text}`;
  }
  return { seen, fault };
}

/** Masks every string in a value. */
export function maskAll(value: JsonObject, mask: (text: string) => string): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [mask(key), typeof member === 'string' ? mask(member) : member]),
  );
}
