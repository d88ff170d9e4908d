import { fieldsOf, isObject } from './fields.ts';
import type { Json } from './json.ts';
import { toPointer } from './refuse.ts';

/**
 * One place where two documents differ. Members of a list that are known by a name go by it
 * (`/steps/switch/retry/attempts`, `/people/key:bob/roles`), others by their index.
 */
export interface Difference {
  readonly pointer: string;
  /** Absent where there was nothing. A long value is the beginning and the end of its JSON. */
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
  return {
    pointer: toPointer(path),
    ...(before === null ? {} : { before: shown(before) }),
    ...(after === null ? {} : { after: shown(after) }),
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

const maxValueLength = 240;

function shown(value: unknown): Json {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length <= maxValueLength) return value as Json;
  return `${text.slice(0, 160).toWellFormed()} … ${text.slice(-60).toWellFormed()}`;
}
