import { GantryError } from '../../domain/base/errors.ts';
import { parseJson } from '../../domain/base/json.ts';
import { jsonFaults } from '../../domain/base/json-faults.ts';
import { jsonLimits, jsonSizeFault } from '../../domain/base/json-size.ts';
import { refuse } from '../../domain/base/refuse.ts';
import { utf8Of } from '../../system/utf8.ts';

/**
 * Parses a body as JSON in which every key stands once. Throws `malformed-json` for anything that is not JSON, `malformed`
 * with JSON pointers for a key written twice, `__proto__`, a number beyond 2^53, or more than 64 levels, and `too-large`
 * for more values or longer keys than anything needs, before it is read.
 */
export function parseJsonBody(bytes: Uint8Array, maxValues: number = jsonLimits.values): unknown {
  const tooMuch = jsonSizeFault(bytes, { ...jsonLimits, values: maxValues });
  if (tooMuch) throw new GantryError(tooMuch.code, `The body is refused unread: ${tooMuch.detail}.`, { pointer: '' });
  const text = utf8Of(bytes) ?? '';
  const value = parseJson(text);
  if (value === undefined) throw new GantryError('malformed-json', 'The body is not JSON in UTF-8.', { pointer: '' });
  const found = jsonFaults(text, { exactNumbers: true });
  if (found.length > 0) refuse(found);
  return value;
}
