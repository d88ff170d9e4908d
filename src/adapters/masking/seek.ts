import { shortestSecret } from './shortest-secret.ts';

export interface Sought {
  readonly bytes: Uint8Array;
  readonly name: string;
}

/** Where something sought stands, `to` exclusive; what overlaps is one stretch, by the name of the longest. */
export interface Stretch {
  readonly from: number;
  to: number;
  maxLength: number;
  name: string;
}

interface Form {
  readonly length: number;
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly hashes: readonly [number, number];
  readonly weights: readonly [number, number];
}

/** What begins alike, the longest first; lengths and ends once more for the loop that all of a text goes through. */
interface Group {
  readonly forms: readonly Form[];
  readonly lengths: Int32Array;
  readonly lasts: Int32Array;
}

/** Of two rolling hashes (Rabin and Karp), modulo 2^32. */
const bases = [0x01000193, 0x9e3779b1] as const;

/**
 * Answers where any of some byte strings stand in a text. The time it takes grows with the text, whatever the text and
 * the strings repeat: places are compared by two rolling hashes and never byte by byte. What happens to have the hashes
 * of a secret is taken for it, and so masked for nothing, once in 2^64.
 */
export function seeker(sought: readonly Sought[]): (bytes: Uint8Array, length: number) => readonly Stretch[] {
  const groups = groupsOf(sought.filter(({ bytes }) => bytes.length >= shortestSecret).map(formOf));
  /** Whether any form begins with a hash of these low bits: nearly all places are passed over by it. */
  const maybe = new Uint8Array(0x10000);
  for (const first of groups.keys()) maybe[first & 0xffff] = 1;
  return (bytes, length) => {
    const found: Stretch[] = [];
    if (groups.size === 0 || length < shortestSecret) return found;
    const hashes: Hashes = [prefixHashes(bytes, length, bases[0]), prefixHashes(bytes, length, bases[1])];
    const windows = windowHashes(hashes[0], length);
    let last: Stretch | null = null;
    for (let i = 0; i < windows.length; i += 1) {
      const first = windows[i] ?? 0;
      const group = maybe[first & 0xffff] === 0 ? undefined : groups.get(first);
      const form: Form | undefined = group && maxAt(i, group, windows, hashes, last);
      if (!form) continue;
      if (last && i < last.to) widen(last, i + form.length, form.length, form.name);
      else {
        last = { from: i, to: i + form.length, maxLength: form.length, name: form.name };
        found.push(last);
      }
    }
    return found;
  };
}

type Hashes = readonly [Int32Array, Int32Array];

/** The longest form that stands at a place; what would add nothing to the stretch before is not looked for. */
function maxAt(
  at: number,
  { forms, lengths, lasts }: Group,
  windows: Int32Array,
  [one, other]: Hashes,
  before: Stretch | null,
): Form | undefined {
  const taken = before === null ? 0 : Math.min(before.to - at, before.maxLength);
  for (let k = 0; k < lengths.length; k += 1) {
    const length = lengths[k] ?? 0;
    if (length <= taken) return undefined;
    // Beyond the end of the text there is no window.
    if (windows[at + length - shortestSecret] !== lasts[k]) continue;
    const form = forms[k];
    if (form && hashAt(one, at, length, form.weights[0]) === form.hashes[0])
      if (hashAt(other, at, length, form.weights[1]) === form.hashes[1]) return form;
  }
  return undefined;
}

function groupsOf(forms: readonly Form[]): ReadonlyMap<number, Group> {
  const byFirst = new Map<number, Form[]>();
  for (const form of forms.toSorted((a, b) => b.length - a.length)) {
    const same = byFirst.get(form.first);
    if (same) same.push(form);
    else byFirst.set(form.first, [form]);
  }
  return new Map(
    [...byFirst].map(([first, alike]) => {
      const lengths = Int32Array.from(alike, ({ length }) => length);
      return [first, { forms: alike, lengths, lasts: Int32Array.from(alike, ({ last }) => last) }];
    }),
  );
}

/** Stretches of several searches as one list in order. */
export function inOne(stretches: readonly Stretch[]): readonly Stretch[] {
  const merged: Stretch[] = [];
  for (const next of stretches.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && next.from < last.to) widen(last, next.to, next.maxLength, next.name);
    else merged.push({ ...next });
  }
  return merged;
}

function widen(stretch: Stretch, to: number, maxLength: number, name: string): void {
  stretch.to = Math.max(stretch.to, to);
  if (maxLength <= stretch.maxLength) return;
  stretch.maxLength = maxLength;
  stretch.name = name;
}

function formOf({ bytes, name }: Sought): Form {
  const { length } = bytes;
  const [one, other] = [prefixHashes(bytes, length, bases[0]), prefixHashes(bytes, length, bases[1])];
  return {
    length,
    name,
    first: one[shortestSecret] ?? 0,
    last: hashAt(one, length - shortestSecret, shortestSecret, windowWeight),
    hashes: [one[length] ?? 0, other[length] ?? 0],
    weights: [power(bases[0], length), power(bases[1], length)],
  };
}

/** The hash of everything before each place. */
function prefixHashes(bytes: Uint8Array, length: number, base: number): Int32Array {
  const hashes = new Int32Array(length + 1);
  let hash = 0;
  for (let i = 0; i < length; i += 1) {
    // No byte counts as nothing: zeros in front would not change a hash.
    hash = (Math.imul(hash, base) + (bytes[i] ?? 0) + 1) | 0;
    hashes[i + 1] = hash;
  }
  return hashes;
}

/** The hash of what stands in a window of the fewest bytes, at each place. */
function windowHashes(prefixes: Int32Array, length: number): Int32Array {
  const hashes = new Int32Array(length - shortestSecret + 1);
  for (let i = 0; i < hashes.length; i += 1) hashes[i] = hashAt(prefixes, i, shortestSecret, windowWeight);
  return hashes;
}

function hashAt(prefixes: Int32Array, from: number, length: number, weight: number): number {
  return ((prefixes[from + length] ?? 0) - Math.imul(prefixes[from] ?? 0, weight)) | 0;
}

function power(base: number, exponent: number): number {
  let [value, square] = [1, base];
  for (let rest = exponent; rest > 0; rest >>>= 1) {
    if ((rest & 1) === 1) value = Math.imul(value, square);
    square = Math.imul(square, square);
  }
  return value;
}

const windowWeight = power(bases[0], shortestSecret);
