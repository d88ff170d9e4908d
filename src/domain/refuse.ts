import { type ErrorIssue, GantryError } from './errors.ts';

/** Segments of a path → JSON pointer (RFC 6901). */
export function toPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** So many findings are listed: nobody mends more at once, and an answer grows no larger than its question. */
export const mostFindings = 50;

/** Throws one GantryError for several findings; the first one leads (a `not-available-yet` before all others). */
export function refuse(issues: readonly ErrorIssue[]): never {
  const first = issues.find((issue) => issue.code === 'not-available-yet') ?? issues[0];
  if (!first) throw new GantryError('internal', 'A refusal without a finding');
  const place = first.pointer === '' ? '' : `${first.pointer}: `;
  const more = issues.length - mostFindings;
  const said = more > 0 ? ` (and ${more} findings beyond the first ${mostFindings})` : '';
  throw new GantryError(first.code, `${place}${first.detail}${said}`, {
    pointer: first.pointer,
    issues: issues.slice(0, mostFindings),
  });
}
