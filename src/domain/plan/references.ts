import { isObject } from '../base/fields.ts';
import type { Json, JsonObject } from '../base/json.ts';
import type { Subject } from '../base/subject.ts';
import type { Artifact } from '../base/text-schemas.ts';
import type { Expects } from '../kinds/adapter.ts';

/**
 * References are `${name}` and nothing else: no expressions. `$${` is a literal `${`. A string that is nothing but one
 * reference takes the type of what it refers to.
 */
type Part = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'reference'; readonly name: string };

const token = /\$\$\{|\$\{([^{}]*)\}|\$\{/g;

function* partsOf(template: string): Generator<Part> {
  let end = 0;
  for (const match of template.matchAll(token)) {
    if (match[0] === '$${') continue; // text, until it is filled in for the last time
    if (match.index > end) yield { kind: 'text', text: template.slice(end, match.index) };
    yield { kind: 'reference', name: match[1] ?? '' };
    end = match.index + match[0].length;
  }
  if (end < template.length) yield { kind: 'text', text: template.slice(end) };
}

/** Every reference in a value, with the path to the string that holds it, one by one, so that a search can stop early. */
export function* referencesIn(
  value: Json,
  path: readonly PropertyKey[] = [],
): Generator<{ readonly name: string; readonly path: readonly PropertyKey[] }> {
  if (typeof value === 'string') {
    if (!value.includes('${')) return;
    for (const part of partsOf(value)) if (part.kind === 'reference') yield { name: part.name, path };
  } else if (value !== null && typeof value === 'object')
    for (const [key, member] of Object.entries(value))
      yield* referencesIn(member, [...path, Array.isArray(value) ? Number(key) : key]);
}

/** Every key that looks as if it held a reference, with the path to its member. Keys are never filled in. */
export function* referringKeysIn(value: Json, path: readonly PropertyKey[] = []): Generator<readonly PropertyKey[]> {
  if (value === null || typeof value !== 'object') return;
  for (const [key, member] of Object.entries(value)) {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    if (key.includes('${')) yield here;
    yield* referringKeysIn(member, here);
  }
}

/** What a name refers to; undefined leaves the reference as it stands, for a later filling. */
export type Lookup = (name: string) => Json | undefined;

/** Whether a name is a secret: only the worker reads those, when it acts. */
export function isSecretReference(name: string): boolean {
  return /^secret(-file)?:[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name);
}

/** Where adapters take only texts and read secrets, so that a literal `${` must stay escaped until they do. */
const textPlaces: ReadonlySet<string> = new Set(['command', 'env', 'headers']);

/** Where a text is sent as it stands. Anywhere else one that begins as an address is one that is asked, whatever the kind. */
const sentPlaces: ReadonlySet<string> = new Set(['body']);

/** No address that is asked is longer, so what comes behind is refused however it was escaped. */
const maxUrlLength = 2048;

/** What has been written of a text, and a value as it is written behind that. */
interface Place {
  wrote(text: string): void;
  escape(value: string): string;
}

const anywhere: Place = { wrote: () => undefined, escape: (value) => value };

/**
 * A URL: in its query everything in a value that has a meaning there is escaped, in its path all but slashes, before its
 * path nothing.
 */
function urlPlace(): Place {
  let head = '';
  let isPastHost = false;
  let isInQuery = false;
  return {
    wrote(text) {
      isInQuery ||= text.includes('?');
      if (isPastHost || head.length > maxUrlLength) return;
      head += text;
      isPastHost = /^https?:\/\/[^/?#]*[/?#]/.test(head);
    },
    escape(value) {
      if (!isPastHost) return value;
      const escaped = encodeURIComponent(value).replaceAll(/%(?:2F|3A|40|2C)/g, decodeURIComponent);
      return isInQuery ? escaped : escaped.replaceAll(/%(?:2B|3D|26|3B|24)/g, decodeURIComponent);
    },
  };
}

function fillString(template: string, lookup: Lookup, last: boolean, place: Place = anywhere): Json {
  if (!template.includes('${')) return template;
  const parts = [...partsOf(template)];
  const only = parts.length === 1 ? parts[0] : undefined;
  if (only?.kind === 'reference') return lookup(only.name) ?? template;
  let filled = '';
  for (const part of parts) {
    const text = filledPart(part, lookup, last, place);
    place.wrote(text);
    filled += text;
  }
  return filled;
}

function filledPart(part: Part, lookup: Lookup, last: boolean, place: Place): string {
  if (part.kind === 'text') return last ? part.text.replaceAll('$${', '${') : part.text;
  const found = lookup(part.name);
  if (found === undefined) return `\${${part.name}}`;
  return place.escape(typeof found === 'string' ? found : JSON.stringify(found));
}

/** A value with every text in it filled in. */
function fillValue(value: Json, fill: (text: string) => Json): Json {
  if (typeof value === 'string') return fill(value);
  if (Array.isArray(value)) return value.map((item: Json) => fillValue(item, fill));
  return isObject(value) ? mapMembers(value, (_, member) => fillValue(member, fill)) : value;
}

function mapMembers(value: JsonObject, map: (key: string, member: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, map(key, member)]));
}

/** One member of an adapter's spec. Arguments, variables and headers are texts: a number that a reference alone stands for is written out. */
function fillMember(key: string, value: Json, lookup: Lookup, last: boolean): Json {
  if (typeof value === 'string' && !textPlaces.has(key) && !sentPlaces.has(key))
    return fillString(value, lookup, last, urlPlace());
  return fillValue(value, (text) => {
    const filled = fillString(text, lookup, last);
    const isWritten = textPlaces.has(key) && (typeof filled === 'number' || typeof filled === 'boolean');
    return isWritten ? String(filled) : filled;
  });
}

/** Fills in what `lookup` knows and leaves the rest, `$${` included, for a later filling. */
export function fillSome<T extends Json>(value: T, lookup: Lookup): T {
  if (isObject(value)) return mapMembers(value, (key, member) => fillMember(key, member, lookup, false)) as T;
  return fillValue(value, (text) => fillString(text, lookup, false)) as T;
}

/** A text for people, filled in for good. */
export function fillText(text: string, lookup: Lookup): string {
  const filled = fillString(text, lookup, true);
  return typeof filled === 'string' ? filled : JSON.stringify(filled);
}

/** What a check expects, with everything filled in that is known. */
export function fillExpects({ answer, numbers }: Expects, lookup: Lookup): Expects {
  const fill = (text: string) => fillText(text, lookup);
  return { answer: answer.map(fill), numbers: numbers.map(fill) };
}

/**
 * The last filling of an adapter's spec: `$${` becomes `${`. Not in `command`, `env` and `headers`: these go through
 * `SecretReader.expand`, which fills in secrets and unescapes in one pass, so that nothing is ever read twice.
 */
export function fillAll<T extends JsonObject>(spec: T, lookup: Lookup): T {
  return mapMembers(spec, (key, member) => fillMember(key, member, lookup, !textPlaces.has(key))) as T;
}

/** What a target serves. */
export interface LiveRelease {
  readonly release: string;
  readonly artifact: Readonly<Artifact>;
  readonly since: string;
  /** The deployment that brought it, or null when it was adopted. */
  readonly deployment: string | null;
  /** Who adopted it at `since`, and why. Plans cannot refer to it. */
  readonly adopted?: { readonly by: Subject; readonly reason: string };
}

/** What a target serves; null: from no slot. */
export interface Served {
  readonly live: LiveRelease;
  readonly slot: string | null;
}

/** A release without what is only for people. */
export function withoutAdoption({ release, artifact, since, deployment }: LiveRelease): LiveRelease {
  return { release, artifact, since, deployment };
}

/** Walks `a.b.c` through plain objects, own members only. */
export function lookupIn(root: JsonObject): Lookup {
  return (name) => {
    let value: Json | undefined = root;
    for (const key of name.split('.')) {
      if (!isObject(value) || !Object.hasOwn(value, key)) return;
      value = value[key];
    }
    return value;
  };
}
