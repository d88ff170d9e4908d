import { type ErrorIssue, GantryError } from './errors.ts';

/** Segments of a path → JSON pointer (RFC 6901). */
export function toPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** So many findings are listed: nobody mends more at once, and an answer grows no larger than its question. */
export const maxFindings = 50;

/** Throws one GantryError for several findings; the first one leads (a `not-available-yet` before all others). */
export function refuse(issues: readonly ErrorIssue[]): never {
  const first = issues.find((issue) => issue.code === 'not-available-yet') ?? issues[0];
  if (!first) throw new GantryError('internal', 'A refusal without a finding');
  const place = first.pointer === '' ? '' : `${first.pointer}: `;
  const more = issues.length - maxFindings;
  const said = more > 0 ? ` (and ${more} findings beyond the first ${maxFindings})` : '';
  throw new GantryError(first.code, `${place}${first.detail}${said}`, {
    pointer: first.pointer,
    issues: issues.slice(0, maxFindings),
  });
}

const isIn = (pointer: string, other: string) => `${pointer}/`.startsWith(`${other}/`);

/** Of what was found those findings that do not come of what is `known`: no place of these is theirs, holds it or lies in it. */
export function besides(
  known: readonly Pick<ErrorIssue, 'pointer'>[],
  found: readonly ErrorIssue[],
): readonly ErrorIssue[] {
  return found.filter(({ pointer }) => !known.some((one) => isIn(pointer, one.pointer) || isIn(one.pointer, pointer)));
}

/** What somebody refuses while this is done; other errors go on. */
export function findingsOf(work: () => void): readonly ErrorIssue[] {
  try {
    work();
    return [];
  } catch (error) {
    if (error instanceof GantryError && error.issues.length > 0) return error.issues;
    throw error;
  }
}
