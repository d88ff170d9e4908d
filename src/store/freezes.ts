import type { Kysely, Selectable } from 'kysely';
import { z } from 'zod';
import { freeTextSchema } from '../domain/base/text-schemas.ts';
import type { Freeze, FreezeScope } from '../domain/policy/freezes-by-people.ts';
import { type Page, type PageRequest, readPage } from './pages.ts';
import type { Tables } from './schema.ts';

export function freezeQueries(db: Kysely<Tables>) {
  const one = async (id: string) => {
    const row = await db.selectFrom('freezes').selectAll().where('id', '=', id).executeTakeFirst();
    return row ? freezeOf(row) : null;
  };
  return {
    /** One that is there already (same id) stays as it is. Answers the one that is kept. */
    async addFreeze(freeze: Freeze): Promise<Freeze> {
      const { scope, from, until, lifted, ...rest } = freeze;
      const values = {
        ...rest,
        scope: scope.kind,
        service: 'service' in scope ? scope.service : null,
        environment: 'environment' in scope ? scope.environment : null,
        fromAt: from,
        untilAt: until,
        liftedAt: lifted?.at ?? null,
        liftedBy: lifted?.by ?? null,
        liftedReason: lifted?.reason ?? null,
      };
      const inserted = await db
        .insertInto('freezes')
        .values(values)
        .onConflict((conflict) => conflict.column('id').doNothing())
        .returning('id')
        .executeTakeFirst();
      return inserted ? freeze : ((await one(freeze.id)) ?? freeze);
    },

    freeze: one,

    /** Newest first. `which`: those that are lifted or over at a time (ISO 8601 UTC), or those that are not; absent: all. */
    async freezes({
      which,
      ...page
    }: PageRequest & { readonly which?: { readonly isActive: boolean; readonly at: string } | undefined }): Promise<
      Page<Freeze>
    > {
      let query = db.selectFrom('freezes').selectAll();
      if (which)
        query = query.where((row) => {
          const isOver = row.or([row('liftedAt', 'is not', null), row('untilAt', '<=', which.at)]);
          // Neither lifted nor with an end: then the second half is unknown to SQL, which counts as not over.
          return which.isActive ? row.not(row.fn.coalesce(isOver, row.lit(false))) : isOver;
        });
      const { items, next } = await readPage(query, page, {
        list: 'freezes',
        by: ['createdAt', 'id'],
        direction: 'desc',
        place: z.tuple([freeTextSchema(40), freeTextSchema(100)]),
      });
      return { items: items.map(freezeOf), next };
    },

    /** Those that cover a target, are not lifted and not over at a time (ISO 8601 UTC), whether they hold already or not. */
    async freezesOf(service: string, environment: string, at: string): Promise<readonly Freeze[]> {
      const rows = await db
        .selectFrom('freezes')
        .selectAll()
        .where('liftedAt', 'is', null)
        .where((row) => row.or([row('untilAt', 'is', null), row('untilAt', '>', at)]))
        .where((row) => row.or([row('service', 'is', null), row('service', '=', service)]))
        .where((row) => row.or([row('environment', 'is', null), row('environment', '=', environment)]))
        .orderBy('createdAt')
        .orderBy('id')
        .execute();
      return rows.map(freezeOf);
    },

    /** Lifts it; one that is lifted already stays as it is. Null where there is no such freeze. */
    async liftFreeze(id: string, { at, by, reason }: NonNullable<Freeze['lifted']>): Promise<Freeze | null> {
      await db
        .updateTable('freezes')
        .set({ liftedAt: at, liftedBy: by, liftedReason: reason })
        .where('id', '=', id)
        .where('liftedAt', 'is', null)
        .execute();
      return one(id);
    },
  };
}

function freezeOf(row: Selectable<Tables['freezes']>): Freeze {
  const { id, reason, fromAt, untilAt, createdAt, createdBy, liftedAt, liftedBy, liftedReason } = row;
  return {
    id,
    scope: scopeOf(row),
    reason,
    from: fromAt,
    until: untilAt,
    createdAt,
    createdBy,
    lifted: liftedAt === null ? null : { at: liftedAt, by: liftedBy ?? '', reason: liftedReason ?? '' },
  };
}

function scopeOf({ scope, service, environment }: Selectable<Tables['freezes']>): FreezeScope {
  const names = { ...(service !== null && { service }), ...(environment !== null && { environment }) };
  return { kind: scope, ...names } as FreezeScope;
}
