import { z } from 'zod';
import { type ErrorCode, isErrorCode } from './error-codes.ts';
import type { ErrorIssue } from './errors.ts';
import { maxDepth, tooDeep } from './json.ts';
import { refuse, toPointer } from './refuse.ts';

/** The findings of a schema, each with a code, a place and a sentence; `code` where the finding itself names none. */
export function toIssues(error: z.ZodError, code: ErrorCode, at: readonly PropertyKey[] = []): readonly ErrorIssue[] {
  return error.issues.flatMap((issue): ErrorIssue[] => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        pointer: toPointer([...at, ...issue.path, key]),
        code,
        detail: `unknown key ${JSON.stringify(key.slice(0, 80))}`,
      }));
    const own: unknown = issue.code === 'custom' ? issue.params?.['code'] : undefined;
    const pointer = toPointer([...at, ...issue.path]);
    return [{ pointer, code: isErrorCode(own) ? own : code, detail: wordsOf(issue) }];
  });
}

/** Zod's own message in the words of people; a message that a schema brings stays. */
function wordsOf(issue: z.core.$ZodIssue): string {
  const { message } = issue;
  if (issue.code === 'invalid_key' && message.startsWith('Invalid key in ')) {
    const [first] = issue.issues;
    return `the key ${JSON.stringify(String(issue.path.at(-1)).slice(0, 80))}: ${first ? wordsOf(first) : message}`;
  }
  for (const [pattern, words] of sentences) {
    const found = pattern.exec(message);
    if (found) return words(found[1] ?? '', found[2] ?? '');
  }
  return message;
}

const sentences: readonly (readonly [pattern: RegExp, words: (one: string, other: string) => string])[] = [
  [/^Invalid input: expected (\w+), received undefined$/, (kind) => `is missing: write ${named(kind)}`],
  [
    /^Invalid input: expected string, received (number|boolean)$/,
    (is) => `write a string, not ${named(is)}: in quotes`,
  ],
  [/^Invalid input: expected (\w+), received (\w+)$/, (kind, is) => `write ${named(kind)}, not ${named(is)}`],
  [/^Invalid input: expected (.+)$/, (value) => `write ${value}`],
  [/^Invalid option: expected one of (.+)$/, (values) => `write one of ${values.replaceAll('"|"', '", "')}`],
  [/^Too small: expected \w+ to have >=(\d+) (\w+)$/, (min, what) => `write at least ${min} ${counted(min, what)}`],
  [/^Too big: expected \w+ to have <=(\d+) (\w+)$/, (max, what) => `write at most ${max} ${counted(max, what)}`],
  [/^Too small: expected \w+ to be >=(\S+)$/, (min) => `write at least ${min}`],
  [/^Too big: expected \w+ to be <=(\S+)$/, (max) => `write at most ${max}`],
];

const named = (kind: string) => kinds.get(kind) ?? `a ${kind}`;
const counted = (count: string, what: string) => (count === '1' ? what.replace(/ies$/, 'y').replace(/s$/, '') : what);

const kinds: ReadonlyMap<string, string> = new Map([
  ['object', 'an object'],
  ['record', 'an object'],
  ['array', 'a list'],
  ['boolean', 'true or false'],
  ['int', 'an integer'],
  ['null', 'nothing'],
]);

/** Parses by a schema; throws a GantryError with `code` and JSON pointers. */
export function parseWith<T>(
  schema: z.ZodType<T>,
  value: unknown,
  code: ErrorCode,
  at: readonly PropertyKey[] = [],
): T {
  const unsafe = unsafePart(value);
  if (unsafe) refuse([{ pointer: toPointer([...at, ...unsafe.path]), code, detail: unsafe.detail }]);
  const result = schema.safeParse(value);
  return result.success ? result.data : refuse(toIssues(result.error, code, at));
}

/**
 * What schemas do not see: they drop `__proto__` from records silently, follow any depth, and accept half a
 * character as text, which no digest, argument or file could hold.
 */
export function unsafePart(
  root: unknown,
): { readonly path: readonly PropertyKey[]; readonly detail: string } | undefined {
  const open: { readonly value: unknown; readonly path: readonly PropertyKey[] }[] = [{ value: root, path: [] }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, path } = next;
    if (typeof value === 'string' && !value.isWellFormed()) return { path, detail: 'text has no lone surrogates' };
    if (value === null || typeof value !== 'object') continue;
    if (path.length >= maxDepth) return { path, detail: tooDeep };
    if (Object.hasOwn(value, '__proto__')) return { path: [...path, '__proto__'], detail: 'unknown key "__proto__"' };
    for (const [key, member] of Object.entries(value)) {
      if (!key.isWellFormed()) return { path, detail: 'a key has no lone surrogates' };
      open.push({ value: member, path: [...path, Array.isArray(value) ? Number(key) : key] });
    }
  }
  return undefined;
}

/** Adds what a schema finds by itself, at the value or a place in it. `code`: instead of that of the document. */
export function addFault(
  context: z.RefinementCtx,
  message: string,
  path: readonly PropertyKey[] = [],
  code?: ErrorCode,
): never {
  context.addIssue({ code: 'custom', message, path: [...path], ...(code ? { params: { code } } : {}) });
  return z.NEVER;
}

/** A key that the contract describes and this version does not carry out: refused wherever it is written. */
export function notAvailableYet(what: string) {
  return z
    .unknown()
    .superRefine((value, context) => {
      if (value !== undefined) addFault(context, `${what} is not available yet`, [], 'not-available-yet');
    })
    .optional();
}
