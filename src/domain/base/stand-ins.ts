import type { z } from 'zod';
import type { ErrorCode } from './error-codes.ts';
import type { ErrorIssue } from './errors.ts';
import { toIssues, unsafePart } from './issues.ts';
import type { Json } from './json.ts';
import { besides, toPointer } from './refuse.ts';

type Path = readonly PropertyKey[];

/** A document as far as it can be evaluated, with everything that its schema refuses. */
export interface Patched<T> {
  /** With stand-ins in the refused places; null: too little of it is known to evaluate it. */
  readonly document: T | null;
  /** The same before it was read. */
  readonly written: unknown;
  readonly issues: readonly ErrorIssue[];
  /** Where stand-ins are, or something was left out: the places of the issues, and some of what holds these. */
  readonly replaced: readonly string[];
}

interface Patching<T> {
  readonly schema: z.ZodType<T>;
  readonly code: ErrorCode;
  /** Where the document stands in what pointers point into. */
  readonly at: Path;
  /**
   * What is put in place of refused parts, by their keys, with `*` for any second one, which stands as `{index}` in it; without one a part is left
   * out. A part at the top without one is what other parts mean: where it is refused, all those would look wrong.
   */
  readonly standIns: Readonly<Record<string, Json>>;
}

/**
 * Puts stand-ins in place of what a schema refuses, so that everything else can be evaluated and its faults reported in the same
 * answer. What is found in the place of a stand-in, or of what holds one, comes of it: see {@link besides}.
 */
export function withStandIns<T>(written: unknown, { schema, code, at, standIns }: Patching<T>): Patched<T> {
  const unsafe = unsafePart(written);
  if (unsafe) {
    const pointer = toPointer([...at, ...unsafe.path]);
    return { document: null, written, issues: [{ pointer, code, detail: unsafe.detail }], replaced: [] };
  }
  const patched = structuredClone(written);
  const replaced = new Set<string>();
  let issues: readonly ErrorIssue[] = [];
  const places = () => [...replaced].map((pointer) => toPointer(at) + pointer);
  const end = (document: T | null): Patched<T> => ({ document, written: patched, issues, replaced: places() });
  for (let round = 0; round < maxRounds; round += 1) {
    const parsed = schema.safeParse(patched);
    if (parsed.success) return end(parsed.data);
    const known = places().map((pointer) => ({ pointer }));
    issues = [...issues, ...besides(known, toIssues(parsed.error, code, at))];
    // Of one place a schema may say several things.
    const refused = new Map(placesOf(parsed.error).map((path) => [toPointer(path), path]));
    for (const path of refused.values()) {
      const isMeant = !Object.hasOwn(standIns, String(path[0]));
      if (isMeant || !standIn(patched, path, { standIns, replaced })) return end(null);
    }
  }
  return end(null);
}

const placesOf = ({ issues }: Pick<z.ZodError, 'issues'>): readonly Path[] =>
  issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path],
  );

/** Each round replaces something, from a key to the part that holds it. */
const maxRounds = 12;

/**
 * Replaces what stands at a place, or leaves it out where it is not needed; where that has been done before and did not do,
 * what holds it. False where there is nothing to replace.
 */
function standIn(
  document: unknown,
  path: Path,
  { standIns, replaced }: Pick<Patching<unknown>, 'standIns'> & { readonly replaced: Set<string> },
): boolean {
  const key = path.at(-1);
  if (key === undefined) return false;
  const parent = memberAt(document, path.slice(0, -1));
  const pointer = toPointer(path);
  const instead = standInOf(path, standIns);
  const cannot = parent === null || typeof parent !== 'object' || (Array.isArray(parent) && instead === undefined);
  if (cannot || replaced.has(pointer)) return standIn(document, path.slice(0, -1), { standIns, replaced });
  replaced.add(pointer);
  if (instead === undefined) Reflect.deleteProperty(parent, key);
  else Reflect.set(parent, key, instead);
  return true;
}

// By all of its keys, or with * in place of the second.
function standInOf(path: Path, standIns: Patching<unknown>['standIns']): unknown {
  const [first, second, ...rest] = path.map(String);
  const names = [path.join('/'), ...(second === undefined ? [] : [[first, '*', ...rest].join('/')])];
  const found = names.find((name) => Object.hasOwn(standIns, name));
  if (found === undefined) return undefined;
  return JSON.parse(JSON.stringify(standIns[found]).replaceAll('{index}', second ?? ''));
}

function memberAt(document: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (value !== null && typeof value === 'object' ? Reflect.get(value, key) : undefined),
    document,
  );
}
