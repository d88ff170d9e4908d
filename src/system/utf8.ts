/** Bytes as text, or null where they are not UTF-8. A byte order mark at their beginning stays only with `keepMark`. */
export function utf8Of(bytes: Uint8Array, { keepMark = false } = {}): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: keepMark }).decode(bytes);
  } catch {
    return null;
  }
}
