import { type ErrorIssue, GantryError } from './errors.ts';

/** Segments of a path → JSON pointer (RFC 6901). */
export function toPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** An answer lists at most so many findings, so that it stays small whatever was sent. */
export const maxFindings = 50;

/** Throws one GantryError for several findings; the first one leads (a `not-available-yet` before all others). */
export function refuse(issues: readonly ErrorIssue[]): never {
  const first = issues.find((issue) => issue.code === 'not-available-yet') ?? issues[0];
  if (!first) throw new GantryError('internal', 'A refusal without a finding');
  const place = first.pointer === '' ? '' : `${first.pointer}: `;
  const more = issues.length - maxFindings;
  const rest = more > 0 ? ` (and ${more} findings beyond the first ${maxFindings})` : '';
  throw new GantryError(first.code, `${place}${first.detail}${rest}`, {
    pointer: first.pointer,
    issues: issues.slice(0, maxFindings),
  });
}

const isIn = (pointer: string, other: string) => `${pointer}/`.startsWith(`${other}/`);

/** The findings that do not follow from `known` ones: their place is none of the known places, holds none and lies in none. */
export function besides(
  known: readonly Pick<ErrorIssue, 'pointer'>[],
  found: readonly ErrorIssue[],
): readonly ErrorIssue[] {
  return found.filter(({ pointer }) => !known.some((one) => isIn(pointer, one.pointer) || isIn(one.pointer, pointer)));
}

/** The findings with which `work` refuses; other errors are thrown on. */
export function findingsOf(work: () => void): readonly ErrorIssue[] {
  try {
    work();
    return [];
  } catch (error) {
    if (error instanceof GantryError && error.issues.length > 0) return error.issues;
    throw error;
  }
}
