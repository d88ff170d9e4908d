import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/**
 * JSON in the canonical form of RFC 8785: keys sorted by UTF-16 code units, no white space, numbers as ECMAScript
 * writes them. `undefined` members are left out.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    let members = '';
    for (const key of Object.keys(value).sort()) {
      const member: unknown = value[key as keyof typeof value];
      if (member !== undefined)
        members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
    }
    return `{${members}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('NaN and infinities have no JSON form');
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`${typeof value} has no JSON form`);
  return text;
}

/** `sha256:…` of a text's UTF-8 bytes. */
export function digestOf(text: string): string {
  return `sha256:${bytesToHex(sha256(utf8ToBytes(text)))}`;
}

/** `sha256:…` of a value's canonical JSON. */
export function digestOfJson(value: unknown): string {
  return digestOf(canonicalJson(value));
}

/** Bytes of a text in UTF-8. */
export function byteLength(text: string): number {
  return utf8ToBytes(text).length;
}
