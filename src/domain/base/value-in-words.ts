import { formatDuration } from './duration.ts';
import { isObject } from './fields.ts';

/**
 * A value of a plan or a policy as words and not as JSON. `name`: what it is called, or the pointer to it, which tells by its
 * end (`Ms`) whether a number is a duration.
 */
export function valueInWords(value: unknown, name: string): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((one) => nested(one, name)).join(', ');
  if (isObject(value)) {
    const known = Object.entries(value).filter(([, one]) => one !== null);
    return known.map(([key, one]) => `${key.replace(/Ms$/, '')}: ${nested(one, key)}`).join('; ') || 'nothing';
  }
  if (typeof value === 'number' && name.endsWith('Ms')) return formatDuration(value);
  if (value === null) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Inside of another one: with a border where it has several parts, and without doubt where it begins and ends. */
function nested(value: unknown, name: string): string {
  if (typeof value === 'string' && /^$|^\s|\s$|[,;()]/.test(value)) return JSON.stringify(value);
  const words = valueInWords(value, name);
  const isSeveral = isObject(value) || (Array.isArray(value) && value.length > 1);
  return isSeveral ? `(${words})` : words;
}
