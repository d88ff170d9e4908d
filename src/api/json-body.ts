import { type ErrorIssue, GantryError } from '../domain/errors.ts';
import { inexact, isExact } from '../domain/exact-numbers.ts';
import { refuse, toPointer } from '../domain/refuse.ts';

const deepest = 64;
// Long strings are passed over in one go: an alternative for each character would exhaust the matcher's stack.
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

interface Frame {
  readonly keys: Set<string> | null;
  part: string | number;
}

/**
 * Parses a body as JSON in which every key stands once. Throws `malformed-json` for anything that is not JSON, `malformed`
 * with JSON pointers for a key written twice, `__proto__`, a number beyond 2^53, or more than 64 levels.
 */
export function parseJsonBody(bytes: Uint8Array): unknown {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw new GantryError('malformed-json', 'The body is not JSON in UTF-8.', { pointer: '', cause });
  }
  const found = faultsOf(text);
  if (found.length > 0) refuse(found);
  return value;
}

/** `JSON.parse` keeps the last of two equal keys without a word; here the text, known to be JSON, is walked for them. */
function faultsOf(text: string): readonly ErrorIssue[] {
  const found: ErrorIssue[] = [];
  const open: Frame[] = [];
  let expectsKey = false;
  const fault = (detail: string) => {
    found.push({ pointer: toPointer(open.map(({ part }) => part)), code: 'malformed', detail });
  };
  for (const [word] of text.matchAll(token)) {
    const frame = open.at(-1);
    if (word === '{' || word === '[') {
      open.push({ keys: word === '{' ? new Set() : null, part: word === '{' ? '' : 0 });
      expectsKey = word === '{';
      if (open.length > deepest) {
        fault(`nested deeper than ${deepest} levels`);
        break;
      }
    } else if (word === '}' || word === ']') {
      open.pop();
      expectsKey = false;
    } else if (word === ',') {
      if (frame?.keys) expectsKey = true;
      else if (frame) frame.part = Number(frame.part) + 1;
    } else if (word !== ':' && expectsKey && frame?.keys) {
      const key = JSON.parse(word) as string;
      frame.part = key;
      expectsKey = false;
      if (frame.keys.has(key)) fault(`the key ${JSON.stringify(key.slice(0, 80))} stands twice`);
      if (key === '__proto__') fault('unknown key "__proto__"');
      frame.keys.add(key);
    } else if (/^[-\d]/.test(word) && !isExact(Number(word))) fault(inexact);
    if (found.length >= 20) break;
  }
  return found;
}
