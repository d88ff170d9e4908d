// Reads signals between workflows and requests to targets from unchecked input: everybody who reaches Temporal can send
// anything under these names. Nothing here throws, and no schema library is loaded.
type Fields = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** The fields of a plain object; none of anything else. */
export function fieldsOf(raw: unknown): Fields {
  return isObject(raw) ? raw : {};
}
