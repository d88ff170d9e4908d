import type { Json } from '../base/json.ts';

/** A value of JSON with its numbers as they were written: two that differ beyond what a double holds are two. */
export type Exact = null | boolean | string | ExactNumber | readonly Exact[] | ReadonlyMap<string, Exact>;

/** The digits of a number in one form: `1.50`, `15e-1` and `1.5` are the same. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Configurations are not deeper or longer than this. */
const maxDepth = 64;
const maxNumberLength = 1_000;

/** Up to so many places a number is written without exponent. */
const maxPlaces = 40n;

/** Strings, with the colon that makes one a key, and numbers. Long strings are matched without backtracking. */
const tokens = /"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|-?\d[-+.\w]*/g;

/**
 * Throws `SyntaxError` for what is no JSON, and a `RangeError` with the reason for JSON that is ambiguous or too large.
 * `JSON.parse` rounds numbers and drops duplicate keys, so before it reads the text a second time each number becomes a
 * string of its digits, each other string is marked as text, and each key is made unique by its position.
 */
export function parseExact(text: string): Exact {
  JSON.parse(text);
  const marked = text.replaceAll(
    tokens,
    (token: string, string: string | undefined, colon: string | undefined, at: number) => {
      if (string === undefined) return `"${numberMark}${token}"`;
      return colon === undefined ? `"${textMark}${string}"` : `"${at}:${string}":`;
    },
  );
  return unmarked(JSON.parse(marked) as Json, 0);
}

const [numberMark, textMark] = ['n', 't'];

function unmarked(value: Json, depth: number): Exact {
  if (depth > maxDepth) throw new RangeError(`more than ${maxDepth} levels`);
  if (typeof value === 'string') return value.startsWith(textMark) ? value.slice(1) : numberOf(value.slice(1));
  if (Array.isArray(value)) return value.map((item: Json) => unmarked(item, depth + 1));
  if (value === null || typeof value !== 'object') return value as null | boolean;
  const members = new Map<string, Exact>();
  for (const [key, member] of Object.entries(value)) {
    const name = key.slice(key.indexOf(':') + 1);
    if (members.has(name)) throw new RangeError('a key stands twice in it');
    members.set(name, unmarked(member, depth + 1));
  }
  return members;
}

/** The canonical text of a value: names sorted, no white space. */
export function exactText(value: Exact): string {
  if (value instanceof ExactNumber) return value.text;
  if (isList(value)) return `[${value.map(exactText).join(',')}]`;
  if (!(value instanceof Map)) return JSON.stringify(value);
  const members = [...(value as ReadonlyMap<string, Exact>)].sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${exactText(member)}`).join(',')}}`;
}

export function isList(value: Exact): value is readonly Exact[] {
  return Array.isArray(value);
}

function numberOf(digits: string): ExactNumber {
  if (digits.length > maxNumberLength) throw new RangeError(`a number of more than ${maxNumberLength} characters`);
  return new ExactNumber(oneForm(digits));
}

/** A number as JSON writes it, without what makes no difference. */
function oneForm(number: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(number) ?? [];
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  if (digits === '') return '0';
  // The value is `digits` times ten to this power.
  const exponent = BigInt(power) - BigInt(fraction.length) + BigInt(all.length - digits.length);
  const places = BigInt(digits.length) + exponent;
  if (exponent >= 0n && places <= maxPlaces) return sign + digits + '0'.repeat(Number(exponent));
  if (exponent < 0n && places > 0n) return `${sign}${digits.slice(0, Number(places))}.${digits.slice(Number(places))}`;
  if (exponent < 0n && places > -maxPlaces) return `${sign}0.${'0'.repeat(Number(-places))}${digits}`;
  return `${sign}${digits}e${exponent}`;
}
