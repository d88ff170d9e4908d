import { patiently } from './connection/patient.ts';

/** So many items are asked for at once: the most that the API answers. */
export const pageSize = 200;

/** Every item of a list, page after page. `page` asks for the one that a cursor names; without one for the first. */
export async function* allItems<T>(
  page: (cursor: string | undefined) => Promise<{ readonly items: readonly T[]; readonly next: string | null }>,
): AsyncGenerator<T> {
  let cursor: string | undefined;
  do {
    const { items, next } = await patiently(() => page(cursor));
    yield* items;
    cursor = next ?? undefined;
  } while (cursor !== undefined);
}
