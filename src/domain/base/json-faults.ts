import type { ErrorIssue } from './errors.ts';
import { inexact, isExact } from './exact-numbers.ts';
import { maxDepth, tooDeep } from './json.ts';
import { toPointer } from './refuse.ts';

// Long strings are passed over in one go: an alternative for each character would exhaust the matcher's stack.
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

interface Frame {
  readonly keys: Set<string> | null;
  part: string | number;
}

/**
 * What JSON says twice or too deep, with JSON pointers: a key written twice, `__proto__`, more than 64 levels and,
 * where `exactNumbers` asks for it, numbers beyond 2^53.
 * `JSON.parse` silently keeps the last of two equal keys; here the text, known to be JSON, is walked for them.
 */
export function jsonFaults(text: string, { exactNumbers = false } = {}): readonly ErrorIssue[] {
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
      if (open.length > maxDepth) {
        fault(tooDeep);
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
    } else if (exactNumbers && /^[-\d]/.test(word) && !isExact(Number(word))) fault(inexact);
    if (found.length >= 20) break;
  }
  return found;
}
