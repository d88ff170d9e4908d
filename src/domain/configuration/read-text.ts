import type { Json, JsonObject } from '../adapters.ts';

/** The members of a configuration: JSON, or lines `KEY=value` as env files have them; null: it is neither. */
export function membersOf(text: string): JsonObject | null {
  try {
    const parsed = JSON.parse(text) as Json;
    return parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed) ? (parsed as JsonObject) : null;
  } catch {
    return linesOf(text);
  }
}

function linesOf(text: string): JsonObject | null {
  const members: Record<string, Json> = Object.create(null) as Record<string, Json>;
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, key, value = ''] = /^(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*(.*)$/.exec(line) ?? [];
    if (key === undefined) return null;
    members[key] = value.replace(/^(["'])(.*)\1$/, '$2');
  }
  return members;
}

/** What a key such as `limits/max` names in it; undefined: nothing. A member whose name has slashes is found by its whole name. */
export function valueAt(members: JsonObject, key: string): Json | undefined {
  if (Object.hasOwn(members, key)) return members[key];
  let found: Json | undefined = members;
  for (const part of key.split('/')) {
    if (found === null || typeof found !== 'object') return undefined;
    if (!Object.hasOwn(found, part)) return undefined;
    found = (found as JsonObject)[part];
  }
  return found;
}
