import { type SelectQueryBuilder, sql } from 'kysely';
import type { z } from 'zod';
import { GantryError } from '../domain/base/errors.ts';
import type { Tables } from './schema.ts';

/** Longer than any cursor that a list gives: names have limits. */
export const maxCursorLength = 1_000;

/** Which page of a list is asked for. */
export interface PageRequest {
  readonly limit: number;
  /** The `next` of the page before; absent: the first page. */
  readonly cursor?: string | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** The cursor of the page after this one; null: there is none. */
  readonly next: string | null;
}

/** How a list is sorted. */
interface Order<Row> {
  /** What errors call the list. */
  readonly list: string;
  /** Columns that together name one row. */
  readonly by: readonly (keyof Row & string)[];
  readonly direction: 'asc' | 'desc';
  /** The values of these columns, as a cursor holds them. */
  readonly place: z.ZodType<readonly (string | number)[]>;
}

/** Reads one page of a list. Throws `malformed` for a cursor of another list. */
export async function readPage<From extends keyof Tables, Row>(
  query: SelectQueryBuilder<Tables, From, Row>,
  { limit, cursor }: PageRequest,
  { list, by, direction, place }: Order<Row>,
): Promise<Page<Row>> {
  const columns = by.map((column) => sql.ref(column));
  // One row more than the page has, to know whether another page follows.
  let sorted = query.limit(limit + 1);
  for (const column of columns) sorted = sorted.orderBy(column, direction);
  if (cursor !== undefined) {
    const beyond = sql.raw(direction === 'asc' ? '>' : '<');
    const last = readCursor(place, cursor, list);
    sorted = sorted.where(sql<boolean>`(${sql.join(columns)}) ${beyond} (${sql.join(last)})`);
  }
  const rows = (await sorted.execute()) as Row[];
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last ? writeCursor(by.map((column) => last[column])) : null };
}

/** Where a page of a list ended, as the next request gives it. */
export function writeCursor(place: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

function readCursor<Place>(schema: z.ZodType<Place>, cursor: string, list: string): Place {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (cause) {
    throw new GantryError('malformed', `This cursor was not given by a list of ${list}.`, {
      pointer: '/cursor',
      cause,
    });
  }
}
