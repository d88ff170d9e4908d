import type { Kysely } from 'kysely';
import { GantryError } from '../domain/base/errors.ts';
import type { Scope, StoredKey } from '../domain/trust/api-keys.ts';
import type { Tables } from './schema.ts';

/** By name: a newer schema may have others. */
const columns = [
  'id',
  'hash',
  'subject',
  'kind',
  'scopes',
  'createdAt',
  'expiresAt',
  'revokedAt',
  'unconfirmedSince',
] as const satisfies readonly (keyof StoredKey)[];

/** Keys of the API and sessions of browsers. */
export function keyQueries(db: Kysely<Tables>) {
  return {
    /** One that is there already (same id, hash and subject) stays as it is, revoked or not. */
    async addKey({ scopes, ...key }: StoredKey): Promise<void> {
      const inserted = await db
        .insertInto('apiKeys')
        .values({ ...key, scopes: scopes === null ? null : scopes.join(' ') })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .returning('id')
        .executeTakeFirst();
      if (inserted) return;
      // Written again after an answer was lost, it stays as it is by now: revoked, maybe.
      const there = await db
        .selectFrom('apiKeys')
        .select(['hash', 'subject'])
        .where('id', '=', key.id)
        .executeTakeFirst();
      if (there?.hash !== key.hash || there.subject !== key.subject)
        throw new GantryError('internal', `There is another key with id ${key.id}.`);
    },

    /** Also one that was revoked or has expired. */
    async key(id: string): Promise<StoredKey | null> {
      const row = await db.selectFrom('apiKeys').select(columns).where('id', '=', id).executeTakeFirst();
      return row ? keyOf(row) : null;
    },

    /** The oldest first; of everybody where `subjects` is null. */
    async keys(subjects: readonly string[] | null): Promise<readonly StoredKey[]> {
      const all = db.selectFrom('apiKeys').select(columns).orderBy('createdAt').orderBy('id');
      const rows = await (subjects === null ? all : all.where('subject', 'in', subjects)).execute();
      return rows.map(keyOf);
    },

    /** Ends one key or all of some subjects, for good, and answers how many still counted. `at`: ISO 8601. */
    async revokeKeys(
      which: { readonly id: string } | { readonly subjects: readonly string[] },
      at: string,
    ): Promise<number> {
      const open = db.updateTable('apiKeys').set({ revokedAt: at }).where('revokedAt', 'is', null);
      const { numUpdatedRows } = await ('id' in which
        ? open.where('id', '=', which.id)
        : open.where('subject', 'in', which.subjects)
      ).executeTakeFirst();
      return Number(numUpdatedRows);
    },
  };
}

function keyOf({ scopes, ...row }: Tables['apiKeys']): StoredKey {
  return { ...row, scopes: scopes === null ? null : scopes.split(' ').filter((scope): scope is Scope => scope !== '') };
}
