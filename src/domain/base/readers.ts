import { isObject } from './fields.ts';
import { refuse, toPointer } from './refuse.ts';

// What comes to a workflow from outside, read without schemas: evaluating those costs a replay more than all else that it
// does. Each reader answers the value, or refuses it as `malformed` with a pointer to where it is wrong.

type Path = readonly PropertyKey[];

/** Reads what stands at a place of a document. Throws `malformed`. */
export type Reader<T> = (value: unknown, at: Path) => T;

/** What the readers of a document's members make of it. Members that a reader gives no value for are left out. */
type Members = { readonly [key: string]: Reader<unknown> };
type Needed<M extends Members> = { [K in keyof M]: undefined extends ReturnType<M[K]> ? never : K }[keyof M];
type Read<M extends Members> = { [K in Needed<M>]: ReturnType<M[K]> } & {
  [K in Exclude<keyof M, Needed<M>>]?: ReturnType<M[K]>;
};

export function malformed(at: Path, detail: string): never {
  return refuse([{ pointer: toPointer(at), code: 'malformed', detail }]);
}

export function text(isRight: (text: string) => boolean, words: string): Reader<string> {
  return (value, at) => (typeof value === 'string' && isRight(value) ? value : malformed(at, words));
}

export function matching(pattern: RegExp, words: string): Reader<string> {
  return text((value) => pattern.test(value), words);
}

export function oneOf<const T extends string>(values: readonly T[]): Reader<T> {
  return (value, at) =>
    values.find((one) => one === value) ?? malformed(at, `write one of ${values.map((one) => `"${one}"`).join('|')}`);
}

export function optional<T>(reader: Reader<T>): Reader<T | undefined> {
  return (value, at) => (value === undefined ? undefined : reader(value, at));
}

export function withDefault<T>(reader: Reader<T>, otherwise: T): Reader<T> {
  return (value, at) => (value === undefined ? otherwise : reader(value, at));
}

export function list<T>(reader: Reader<T>, min: number, max: number): Reader<T[]> {
  return (value, at) => {
    if (!Array.isArray(value) || value.length < min || value.length > max)
      return malformed(at, `write a list of ${min} to ${max}`);
    return value.map((item: unknown, i) => reader(item, [...at, i]));
  };
}

/** An object with these members and no others. */
export function object<M extends Members>(members: M): Reader<Read<M>> {
  return (value, at) => {
    if (!isObject(value)) return malformed(at, 'write an object');
    const unknown = Object.keys(value).find((key) => !Object.hasOwn(members, key));
    if (unknown !== undefined)
      return malformed([...at, unknown], `unknown key ${JSON.stringify(unknown.slice(0, 80))}`);
    const read = Object.entries(members).flatMap(([key, reader]) => {
      const member = reader(Object.hasOwn(value, key) ? value[key] : undefined, [...at, key]);
      return member === undefined ? [] : [[key, member] as const];
    });
    return Object.fromEntries(read) as Read<M>;
  };
}
