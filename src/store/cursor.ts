import type { z } from 'zod';
import { GantryError } from '../domain/base/errors.ts';

/** Longer than any cursor that a list gives: names have limits. */
export const maxCursorLength = 1_000;

/** Where a page of a list ended: the columns that it is sorted by. */
export function writeCursor(parts: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** Throws `malformed` for what is no cursor of this list. */
export function readCursor<Parts>(schema: z.ZodType<Parts>, cursor: string, list: string): Parts {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (error) {
    throw new GantryError('malformed', `This cursor was not given by a list of ${list}.`, {
      pointer: '/cursor',
      cause: error,
    });
  }
}
