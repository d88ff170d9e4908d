import { fieldsOf, isObject } from './fields.ts';
import type { Json } from './json.ts';
import { toPointer } from './refuse.ts';
import { valueInWords } from './value-in-words.ts';

/**
 * One place where two documents differ. Members of a list that are known by a name go by it
 * (`/steps/switch/retry/attempts`, `/people/key:bob/roles`), others by their index.
 */
export interface Difference {
  readonly pointer: string;
  /** Absent where there was nothing. A long value is a part of it in words: where it begins to differ. */
  readonly before?: Json;
  /** Absent where there is nothing any more. */
  readonly after?: Json;
}

type Path = readonly PropertyKey[];

/** Where two JSON documents differ, leaf by leaf, in the order of the first; absent and null are the same. */
export function differencesBetween(before: unknown, after: unknown): readonly Difference[] {
  return compare([], before ?? null, after ?? null);
}

function compare(path: Path, before: unknown, after: unknown): readonly Difference[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) return compareLists(path, before, after);
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => compare([...path, key], before[key] ?? null, after[key] ?? null));
  }
  return [difference(path, before, after)];
}

function difference(path: Path, before: unknown, after: unknown): Difference {
  const pointer = toPointer(path);
  return {
    pointer,
    ...(before === null ? {} : { before: fitting(before, after, pointer) }),
    ...(after === null ? {} : { after: fitting(after, before, pointer) }),
  };
}

function compareLists(path: Path, before: readonly unknown[], after: readonly unknown[]): readonly Difference[] {
  const name = nameOfMembers([...before, ...after]);
  if (name === undefined) {
    // Compared by index, every word behind an insertion would look changed.
    if (before.length !== after.length) return [difference(path, before, after)];
    return before.flatMap((member, i) => compare([...path, i], member, after[i]));
  }
  const [was, is] = [membersBy(name, before), membersBy(name, after)];
  // A name that stands twice in one list identifies no member.
  if (was.size !== before.length || is.size !== after.length) return [difference(path, before, after)];
  const names = [...new Set([...was.keys(), ...is.keys()])];
  const changed = names.flatMap((key) => compare([...path, key], was.get(key) ?? null, is.get(key) ?? null));
  const common = (members: ReadonlyMap<string, unknown>) => [...members.keys()].filter((k) => was.has(k) && is.has(k));
  const [orderBefore, orderAfter] = [common(was), common(is)];
  const isInOrder = JSON.stringify(orderBefore) === JSON.stringify(orderAfter);
  return isInOrder ? changed : [difference(path, orderBefore, orderAfter), ...changed];
}

/** What members of lists are known by, the first that all of them have. */
const identifying = ['subject', 'id', 'step', 'role', 'path', 'name'] as const;

function nameOfMembers(members: readonly unknown[]): string | undefined {
  return identifying.find((key) => members.every((member) => isObject(member) && typeof member[key] === 'string'));
}

function membersBy(name: string, members: readonly unknown[]): ReadonlyMap<string, unknown> {
  return new Map(members.map((member) => [String(fieldsOf(member)[name]), member]));
}

/** A longer value is cut to so many characters, of which so many may be what both begin with. */
const maxLength = 240;
const commonLength = 40;

/** A value, or as much of its words as shows where it differs from the other one. */
function fitting(value: unknown, other: unknown, name: string): Json {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length <= maxLength) return value as Json;
  const words = valueInWords(value, name);
  const same = commonStart(words, valueInWords(other, name));
  return partOf(words, same < maxLength - commonLength ? 0 : same - commonLength);
}

function commonStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

/** What stands from there on, cut between words where one ends nearby, with an ellipsis for what is left out. */
function partOf(text: string, from: number): string {
  const to = from + maxLength;
  const [space, lastSpace] = [text.indexOf(' ', from), text.lastIndexOf(' ', to)];
  const start = from > 0 && space >= 0 && space < from + commonLength ? space + 1 : from;
  const end = to < text.length && lastSpace > to - commonLength ? lastSpace : to;
  return [start > 0 ? '… ' : '', text.slice(start, end).toWellFormed(), end < text.length ? ' …' : ''].join('');
}
