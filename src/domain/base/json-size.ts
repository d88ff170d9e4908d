import type { ErrorCode } from './error-codes.ts';
import { maxDepth, tooDeep } from './json.ts';

/**
 * Beyond these limits a document is refused before anything reads it: members and items, at all levels together, and bytes of a
 * key as it is written. Far more than any document of Gantry's needs, and little enough to be walked within moments.
 */
export const jsonLimits = { values: 10_000, key: 512 };

/** Of evidence, which lists tests: they are walked once. */
export const maxOfEvidence = 30_000;

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Why a text that should be JSON is too large to be read; null: it is not. It scans the bytes once and builds nothing,
 * so that refusing costs no more than receiving did.
 */
export function jsonSizeFault(
  bytes: Uint8Array,
  { values, key } = jsonLimits,
): { readonly code: ErrorCode; readonly detail: string } | null {
  const max = (what: string) => ({ code: 'too-large', detail: `more than ${what}` }) as const;
  let [count, depth, keyLength] = [0, 0, 0];
  for (let i = 0; i < bytes.length; i += 1) {
    switch (bytes[i] ?? 0) {
      case quote: {
        const begin = i + 1;
        for (i = begin; i < bytes.length && bytes[i] !== quote; i += 1) if (bytes[i] === backslash) i += 1;
        keyLength = i - begin;
        break;
      }
      case colon:
        if (keyLength > key) return max(`${key} bytes in a key`);
        break;
      case openList:
      case openObject:
        depth += 1;
        count += 1;
        if (depth > maxDepth) return { code: 'malformed', detail: tooDeep };
        break;
      case closeList:
      case closeObject:
        depth -= 1;
        break;
      case comma:
        count += 1;
        break;
      default:
    }
    if (count > values) return max(`${values} values`);
  }
  return null;
}
