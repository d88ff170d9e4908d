import { type Exact, isList, parseExact } from './exact-json.ts';

export type Members = ReadonlyMap<string, Exact>;

const isMap = (value: Exact): value is Members => value instanceof Map;

/** The members of a configuration: JSON, or lines `KEY=value` as env files have them; or why it has none that are clear. */
export function membersOf(text: string): Members | { readonly why: string } {
  if (text.trim() === '') return { why: 'it is empty' };
  try {
    const parsed = parseExact(text);
    return isMap(parsed) ? parsed : neither;
  } catch (error) {
    return error instanceof RangeError ? { why: error.message } : linesOf(text);
  }
}

const neither = { why: 'neither a JSON object nor lines of KEY=value' };

function linesOf(text: string): Members | { readonly why: string } {
  const members = new Map<string, Exact>();
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, key, value = ''] = /^(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*(.*)$/.exec(line) ?? [];
    if (key === undefined) return neither;
    if (members.has(key)) return { why: 'a key stands twice in it' };
    members.set(key, value.replace(/^(["'])(.*)\1$/, '$2'));
  }
  return members;
}

/** What a key such as `limits/max` names in it; undefined: nothing. A member whose name has slashes is found by its whole name. */
export function valueAt(members: Members, key: string): Exact | undefined {
  if (members.has(key)) return members.get(key);
  let found: Exact | undefined = members;
  for (const part of key.split('/')) {
    if (found === undefined || found === null) return undefined;
    if (isList(found)) found = /^(0|[1-9]\d{0,8})$/.test(part) ? found[Number(part)] : undefined;
    else found = isMap(found) ? found.get(part) : undefined;
  }
  return found;
}
