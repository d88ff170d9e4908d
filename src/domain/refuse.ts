import { type ErrorIssue, GantryError } from './errors.ts';

/** Segments of a path → JSON pointer (RFC 6901). */
export function toPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Throws one GantryError for several findings; the first one leads (a `not-available-yet` before all others). */
export function refuse(issues: readonly ErrorIssue[]): never {
  const first = issues.find((issue) => issue.code === 'not-available-yet') ?? issues[0];
  if (!first) throw new GantryError('internal', 'A refusal without a finding');
  const place = first.pointer === '' ? '' : `${first.pointer}: `;
  throw new GantryError(first.code, `${place}${first.detail}`, { pointer: first.pointer, issues });
}
