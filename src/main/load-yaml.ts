import { readFile, stat } from 'node:fs/promises';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  visit,
} from 'yaml';
import { type ErrorCode, type ErrorIssue, GantryError } from '../domain/errors.ts';
import { refuse, toPointer } from '../domain/issues.ts';

/** No document is larger than this: 1 MiB. */
const limitBytes = 1024 * 1024;
const deepest = 40;

/**
 * Reads a file as UTF-8 text. Throws `missing` when it cannot be read, `too-large` above 1 MiB, `malformed-yaml` when it is
 * not UTF-8.
 */
export async function readText(file: string, missing: ErrorCode): Promise<string> {
  const bytes = await readBounded(file, missing);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new GantryError('malformed-yaml', `${file} is not UTF-8.`, { pointer: '', cause });
  }
}

async function readBounded(file: string, missing: ErrorCode): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size > limitBytes)
      throw new GantryError('too-large', `${file} has ${size} bytes; at most ${limitBytes} are read.`, { pointer: '' });
    return await readFile(file);
  } catch (cause) {
    if (cause instanceof GantryError) throw cause;
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no reason given';
    throw new GantryError(missing, `${file} cannot be read (${why}).`, { cause });
  }
}

/**
 * Parses plain YAML 1.2 (core schema): one document, no aliases, anchors, merge keys or tags, each key a string that
 * stands once. `name` is what messages call the text. Throws `malformed-yaml` with the line and a JSON pointer, for every
 * finding.
 */
export function parsePlainYaml(text: string, name: string): unknown {
  const lines = new LineCounter();
  const documents = parse(text, lines, name);
  const [document, ...others] = Array.isArray(documents) ? (documents as Document.Parsed[]) : [];
  const found: ErrorIssue[] = [];
  const fault = (offset: number | undefined, detail: string, pointer = '') =>
    found.push({
      pointer,
      code: 'malformed-yaml',
      detail: `${name}, line ${lines.linePos(offset ?? 0).line}: ${detail}`,
    });
  if (!document) return refuse([{ pointer: '', code: 'malformed-yaml', detail: `${name} is empty` }]);
  for (const { pos, message } of [...document.errors, ...document.warnings]) fault(pos[0], firstLine(message));
  if (others.length > 0) fault(others[0]?.range[0], 'one document only');
  if (document.directives.yaml.explicit && document.directives.yaml.version !== '1.2') fault(0, 'YAML 1.2 only');
  if (found.length === 0) findUnplain(document, fault);
  if (found.length > 0) refuse(found);
  return document.toJS();
}

function parse(text: string, lineCounter: LineCounter, name: string) {
  try {
    return parseAllDocuments(text, {
      version: '1.2',
      schema: 'core',
      uniqueKeys: true,
      strict: true,
      merge: false,
      prettyErrors: false,
      lineCounter,
    });
  } catch (cause) {
    // The parser descends with the document: one that is nested thousands deep exhausts the stack.
    throw new GantryError('malformed-yaml', `${name} cannot be parsed; is it nested too deep?`, { pointer: '', cause });
  }
}

function findUnplain(
  document: Document.Parsed,
  fault: (offset: number | undefined, detail: string, pointer?: string) => void,
): void {
  visit(document, (key, node, path) => {
    if (path.length > deepest * 2) {
      fault(undefined, `nested deeper than ${deepest}`);
      return visit.BREAK;
    }
    if (node === null || typeof node !== 'object' || !('range' in node)) return undefined;
    const { range } = node as Node;
    const pointer = pointerTo(key, path);
    if (isAlias(node)) {
      fault(range?.[0], 'aliases are not taken', pointer);
      return undefined;
    }
    const marks = node as { readonly anchor?: string; readonly tag?: string };
    if (marks.anchor !== undefined) fault(range?.[0], 'anchors are not taken', pointer);
    if (marks.tag !== undefined) fault(range?.[0], 'tags are not taken', pointer);
    if (key !== 'key') return undefined;
    const name = isScalar(node) ? node.value : undefined;
    if (typeof name !== 'string') fault(range?.[0], 'a key is a plain string', pointer);
    else if (name === '<<') fault(range?.[0], 'merge keys are not taken', pointer);
    else if (name === '__proto__') fault(range?.[0], 'the key __proto__ is not taken', pointer);
    return undefined;
  });
}

/** Where a node stands: the keys and indexes of everything around it. */
function pointerTo(key: number | 'key' | 'value' | null, path: readonly unknown[]): string {
  const parts: PropertyKey[] = [];
  path.forEach((around, i) => {
    const next = path[i + 1];
    if (isPair(around)) parts.push(String(isScalar(around.key) ? around.key.value : around.key));
    else if (!isMap(around as Node) && isCollection(around)) {
      const index = next === undefined ? key : around.items.indexOf(next);
      if (typeof index === 'number') parts.push(index);
    }
  });
  return toPointer(parts);
}

function isPair(value: unknown): value is Pair {
  return value !== null && typeof value === 'object' && 'key' in value && 'value' in value;
}

function isCollection(value: unknown): value is { readonly items: readonly unknown[] } {
  return value !== null && typeof value === 'object' && 'items' in value && Array.isArray(value.items);
}

const firstLine = (message: string) => message.split('\n')[0] ?? message;
