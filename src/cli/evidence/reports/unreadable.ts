import { GantryError } from '../../../domain/base/errors.ts';

/** A report that proves nothing either way. */
export function unreadable(why: string, cause?: unknown): GantryError {
  return new GantryError('invalid-evidence', `This test report proves nothing: ${why}.`, { cause });
}
