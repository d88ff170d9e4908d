import type { z } from 'zod';
import type { Json } from '../adapters.ts';
import type { ErrorIssue } from '../errors.ts';
import { toIssues, unsafePart } from '../issues.ts';
import { besides, toPointer } from '../refuse.ts';
import { type ProcedureDocument, procedureSchema } from './procedure.ts';

type Path = readonly PropertyKey[];

/** A procedure's document as far as it can be planned, with everything that its schema refuses. */
export interface Salvaged {
  /** With stand-ins in the refused places; null: too little of it is known to look any further. */
  readonly document: ProcedureDocument | null;
  readonly issues: readonly ErrorIssue[];
  /** Where stand-ins are, or something was left out: the places of the issues, and some of what holds these. */
  readonly replaced: readonly string[];
}

/**
 * Puts stand-ins in place of what the schema of procedures refuses, so that everything else can be planned and its faults be
 * told in the same answer. What is found in the place of a stand-in, or of what holds one, comes of it: see {@link besides}.
 */
export function salvage(written: unknown): Salvaged {
  const unsafe = unsafePart(written);
  if (unsafe) {
    const pointer = toPointer(['procedure', ...unsafe.path]);
    return { document: null, issues: [{ pointer, code: 'invalid-procedure', detail: unsafe.detail }], replaced: [] };
  }
  const document = structuredClone(written);
  const replaced = new Set<string>();
  let issues: readonly ErrorIssue[] = [];
  const end = (made: ProcedureDocument | null): Salvaged => ({
    document: issues.some(changesMeaning) ? null : made,
    issues,
    replaced: [...replaced].map((pointer) => `/procedure${pointer}`),
  });
  for (let round = 0; round < mostRounds; round += 1) {
    const { data, error } = procedureSchema.safeParse(document);
    if (data) return end(data);
    const found = toIssues(error, 'invalid-procedure', ['procedure']);
    issues = [...issues, ...besides(end(null).replaced.map(placed), found)];
    // Of one place a schema may say several things.
    const places = new Map(placesOf(error).map((path) => [toPointer(path), path]));
    for (const path of places.values()) if (!standIn(document, path, replaced)) return end(null);
  }
  return end(null);
}

const placed = (pointer: string) => ({ pointer });
const placesOf = ({ issues }: z.ZodError): readonly Path[] =>
  issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path],
  );

/** Each round replaces something, from a key to the part that holds it. */
const mostRounds = 12;

/** What is refused there may be what references and files elsewhere mean, so that all those would look wrong. */
function changesMeaning({ pointer }: ErrorIssue): boolean {
  const key = pointer.split('/')[2] ?? '';
  return (
    !Object.hasOwn(standIns, key) || ['parameters', 'files', 'environments', 'slots', 'configuration'].includes(key)
  );
}

const check = { id: 'stand-in', http: 'http://127.0.0.1/' };
const none = { none: 'a stand-in' };
const manual = { instructions: 'None', role: 'stand-in' };
const step = { id: 'stand-in', title: 'Stand-in', manual, undo: none };

/** Parts that a procedure needs, by their keys; `*` is any index. What is not here may be left out. */
const standIns: Readonly<Record<string, Json>> = {
  gantry: 1,
  procedure: 'stand-in',
  description: 'Stand-in',
  steps: [step],
  'steps/*': step,
  'steps/*/id': 'stand-in',
  'steps/*/title': 'Stand-in',
  'steps/*/do': { http: 'http://127.0.0.1/' },
  'steps/*/hold': '1s',
  'steps/*/gate': { role: 'stand-in' },
  'steps/*/manual': manual,
  'steps/*/undo': none,
  'steps/*/verify': none,
  'steps/*/reason': 'A stand-in',
  health: [check],
  'health/*': check,
  validation: { smoke: [check], performance: none, integrations: none, features: none },
  'validation/smoke': [check],
  'validation/performance': none,
  'validation/integrations': none,
  'validation/features': none,
  rollback: { verify: [check] },
  'rollback/verify': [check],
  // The longest, so that it is too short for no health check.
  monitoring: { period: '7d' },
  'monitoring/period': '7d',
  documents: [],
};

/**
 * Replaces what stands at a place, or leaves it out where it is not needed; where that has been done before and did not do,
 * what holds it. False where there is nothing to replace.
 */
function standIn(document: unknown, path: Path, replaced: Set<string>): boolean {
  const key = path.at(-1);
  if (key === undefined) return false;
  const parent = at(document, path.slice(0, -1));
  const pointer = toPointer(path);
  const instead = standIns[path.map((part) => (typeof part === 'number' ? '*' : String(part))).join('/')];
  const cannot = parent === null || typeof parent !== 'object' || (Array.isArray(parent) && instead === undefined);
  if (cannot || replaced.has(pointer)) return standIn(document, path.slice(0, -1), replaced);
  replaced.add(pointer);
  if (instead === undefined) Reflect.deleteProperty(parent, key);
  else Reflect.set(parent, key, distinct(instead, path));
  return true;
}

/** No two steps have the same id, be they stand-ins. */
function distinct(instead: Json, [, index = 0]: Path): unknown {
  const id = `stand-in-${String(index)}`;
  if (instead === 'stand-in') return id;
  return instead === step ? { ...step, id } : structuredClone(instead);
}

function at(document: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (value !== null && typeof value === 'object' ? Reflect.get(value, key) : undefined),
    document,
  );
}
