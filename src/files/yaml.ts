import { readFile, stat } from 'node:fs/promises';
import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  Parser,
  visit,
} from 'yaml';
import type { ErrorCode } from '../domain/base/error-codes.ts';
import { type ErrorIssue, GantryError } from '../domain/base/errors.ts';
import { inexact, isExact } from '../domain/base/exact-numbers.ts';
import { maxFindings, refuse, toPointer } from '../domain/base/refuse.ts';
import { codeOf } from '../system/error-code.ts';
import { utf8Of } from '../system/utf8.ts';

/** No document is larger than this: 1 MiB. */
const limitBytes = 1024 * 1024;
const maxDepth = 40;

/** Lines that a document has at most. */
const maxLines = 20_000;

/** Words, marks and spaces of a procedure: far more than a plan has room for. Parsing so many takes a fifth of a second. */
export const maxOfProcedure = 20_000;

/** The same of a policy, which names thousands of people and is parsed once for each change of it. */
export const maxOfPolicy = 120_000;

/**
 * Reads a file as UTF-8 text. Throws `missing` when it cannot be read, `too-large` above 1 MiB, `malformed-yaml` when it is
 * not UTF-8.
 */
export async function readText(file: string, missing: ErrorCode): Promise<string> {
  const text = utf8Of(await readBounded(file, missing));
  if (text === null) throw new GantryError('malformed-yaml', `${file} is not UTF-8.`, { pointer: '' });
  return text;
}

async function readBounded(file: string, missing: ErrorCode): Promise<Buffer> {
  try {
    const found = await stat(file);
    // A pipe or a device would be read without end.
    if (!found.isFile()) throw new GantryError(missing, `${file} is not a plain file.`);
    if (found.size > limitBytes) {
      const detail = `${file} has ${found.size} bytes; at most ${limitBytes} are read.`;
      throw new GantryError('too-large', detail, { pointer: '' });
    }
    return await readFile(file);
  } catch (cause) {
    if (cause instanceof GantryError) throw cause;
    throw new GantryError(missing, `${file} cannot be read (${codeOf(cause) ?? 'no reason given'}).`, { cause });
  }
}

/**
 * Parses plain YAML 1.2 (core schema): one document, no directives, aliases, anchors, merge keys or tags, each key a string that
 * stands once. `name` is what messages call the text, `at` is where it stands in what pointers point into. Throws
 * `malformed-yaml` with the line and a JSON pointer, for every finding; a number beyond 2^53 is one. And `too-large` for more
 * words, marks and spaces than `most`, before anything is made of them: what parsing costs grows with these, not with bytes.
 */
export function parsePlainYaml(
  text: string,
  name: string,
  { at = [], max }: { readonly at?: readonly PropertyKey[]; readonly max: number },
): unknown {
  const lines = new LineCounter();
  const found: ErrorIssue[] = [];
  const fault = (offset: number | undefined, detail: string, pointer = () => '') => {
    if (found.length >= maxFindings) return;
    found.push({
      pointer: toPointer(at) + pointer(),
      code: 'malformed-yaml',
      detail: `${name}, line ${lines.linePos(offset ?? 0).line}: ${detail}`,
    });
  };
  const tokens = tokensOf(text, lines, max);
  if (!tokens) {
    const detail = `${name} has more than ${max} words and marks, or more than ${maxLines} lines`;
    return refuse([{ pointer: toPointer(at), code: 'too-large', detail }]);
  }
  const deep = tooDeepIn(tokens);
  if (deep !== undefined) {
    fault(deep, `nested deeper than ${maxDepth}`);
    return refuse(found);
  }
  const [document, ...others] = new Composer(options).compose(tokens);
  if (!document) return refuse([{ pointer: toPointer(at), code: 'malformed-yaml', detail: `${name} is empty` }]);
  // What a parser says after its first error mostly comes of that one.
  const [error] = document.errors;
  if (error) fault(error.pos[0], firstLine(error.message) + hintAt(text, error.pos[0]));
  else for (const { pos, message } of document.warnings) fault(pos[0], firstLine(message));
  if (others.length > 0) fault(others[0]?.range[0], 'one document only');
  for (const token of tokens)
    if (token.type === 'directive' && !/^%YAML +1\.2$/.test(token.source))
      fault(token.offset, 'directives are not taken, except %YAML 1.2');
  if (found.length === 0) findUnplain(document, fault);
  if (found.length > 0) refuse(found);
  return document.toJS();
}

/** What a parser makes of a text, or null as soon as it is too much. */
function tokensOf(text: string, lines: LineCounter, max: number): readonly CST.Token[] | null {
  if (hasMoreLines(text, maxLines)) return null;
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  const tokens: CST.Token[] = [];
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    count += 1;
    if (count > max) return null;
    tokens.push(...parser.next(lexeme));
  }
  return [...tokens, ...parser.end()];
}

function hasMoreLines(text: string, max: number): boolean {
  let count = 0;
  for (let end = text.indexOf('\n'); end >= 0 && count <= max; end = text.indexOf('\n', end + 1)) count += 1;
  return count > max;
}

const options = {
  version: '1.2',
  schema: 'core',
  uniqueKeys: false, // looked for below: the library compares each key with each other one
  strict: true,
  merge: false,
  prettyErrors: false,
} as const;

/**
 * Where a collection stands that is nested too deep. Composing descends with the document, and a stack that is exhausted
 * there may end the process, past any `catch`; the parser's tokens can be walked without descending.
 */
function tooDeepIn(tokens: readonly CST.Token[]): number | undefined {
  const open: { readonly token: CST.Token; readonly depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = open.pop(); next; next = open.pop()) {
    const { token, depth } = next;
    if (token.type === 'document' && token.value) open.push({ token: token.value, depth });
    if (!('items' in token)) continue;
    if (depth >= maxDepth) return token.offset;
    for (const { key, value } of token.items)
      for (const part of [key, value]) if (part) open.push({ token: part, depth: depth + 1 });
  }
  return undefined;
}

function findUnplain(
  document: Document.Parsed,
  fault: (offset: number | undefined, detail: string, pointer?: () => string) => void,
): void {
  const seen = new Map<unknown, Set<string>>();
  visit(document, (key, node, path) => {
    if (node === null || typeof node !== 'object' || !('range' in node)) return undefined;
    const { range } = node as Node;
    // Where it stands takes a search in everything around it: only what is found is looked for.
    const found = (detail: string) => fault(range?.[0], detail, () => pointerTo(key, path));
    if (isAlias(node)) {
      found('aliases are not taken');
      return undefined;
    }
    const marks = node as { readonly anchor?: string; readonly tag?: string };
    if (marks.anchor !== undefined) found('anchors are not taken');
    if (marks.tag !== undefined) found('tags are not taken');
    // What is not finite is no value of anything, and refused as such.
    if (isScalar(node) && Number.isFinite(node.value) && !isExact(Number(node.value))) found(inexact);
    if (key !== 'key') return undefined;
    const name = isScalar(node) ? node.value : undefined;
    if (typeof name !== 'string') found('a key is a plain string');
    else if (name === '<<') found('merge keys are not taken');
    else if (name === '__proto__') found('the key __proto__ is not taken');
    if (typeof name !== 'string') return undefined;
    const names = seen.get(path.at(-2)) ?? new Set();
    seen.set(path.at(-2), names);
    if (names.has(name)) found(`the key ${JSON.stringify(name.slice(0, 80))} stands twice`);
    names.add(name);
    return undefined;
  });
}

/** Where a node stands: the keys and indexes of everything around it. */
function pointerTo(key: number | 'key' | 'value' | null, path: readonly unknown[]): string {
  const parts: PropertyKey[] = [];
  path.forEach((around, i) => {
    const next = path[i + 1];
    if (isPair(around)) parts.push(String(isScalar(around.key) ? around.key.value : around.key));
    else if (isSeq(around)) {
      const index = next === undefined ? key : around.items.indexOf(next);
      if (typeof index === 'number') parts.push(index);
    }
  });
  return toPointer(parts);
}

const firstLine = (message: string) => message.split('\n')[0] ?? message;

/** In braces and brackets `{` begins an object, also that of a reference. */
function hintAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1).split('\n', 1)[0] ?? '';
  const reference = /(?<=[\s,:[{])\$\{[^}"']*\}/.exec(line)?.[0];
  return reference === undefined ? '' : `; write "${reference.slice(0, 80)}" in quotes`;
}
