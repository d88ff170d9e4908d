import type { Kysely, Selectable } from 'kysely';
import { z } from 'zod';
import { freeTextSchema } from '../domain/base/names.ts';
import type { Freeze, FreezeScope } from '../domain/policy/freezes.ts';
import { readCursor, writeCursor } from './cursor.ts';
import type { Tables } from './schema.ts';
import type { Store } from './store.ts';

type FreezeQueries = Pick<Store, 'addFreeze' | 'freeze' | 'freezes' | 'freezesOf' | 'liftFreeze'>;

export function freezeQueries(db: Kysely<Tables>): FreezeQueries {
  const one = async (id: string) => {
    const row = await db.selectFrom('freezes').selectAll().where('id', '=', id).executeTakeFirst();
    return row ? freezeOf(row) : null;
  };
  return {
    async addFreeze(freeze) {
      const { id, scope, reason, from, until, createdAt, createdBy, lifted } = freeze;
      const values = {
        id,
        scope: scope.kind,
        service: 'service' in scope ? scope.service : null,
        environment: 'environment' in scope ? scope.environment : null,
        reason,
        fromAt: from,
        untilAt: until,
        createdAt,
        createdBy,
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
      return inserted ? freeze : ((await one(id)) ?? freeze);
    },

    freeze: one,

    async freezes({ limit, which, cursor }) {
      let query = db
        .selectFrom('freezes')
        .selectAll()
        .orderBy('createdAt', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1);
      if (which)
        query = query.where((row) => {
          const isOver = row.or([row('liftedAt', 'is not', null), row('untilAt', '<=', which.at)]);
          // Neither lifted nor with an end: then the second half is unknown to SQL, which counts as not over.
          return which.isActive ? row.not(row.fn.coalesce(isOver, row.lit(false))) : isOver;
        });
      if (cursor !== undefined) {
        const last = readCursor(cursorSchema, cursor, 'freezes');
        query = query.where((row) => row(row.refTuple('createdAt', 'id'), '<', row.tuple(...last)));
      }
      const rows = await query.execute();
      const items = rows.slice(0, limit).map(freezeOf);
      const last = items.at(-1);
      return { items, next: rows.length > items.length && last ? writeCursor([last.createdAt, last.id]) : null };
    },

    async freezesOf(service, environment, at) {
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

    async liftFreeze(id, { at, by, reason }) {
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

const cursorSchema = z.tuple([freeTextSchema(40), freeTextSchema(100)]);

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
  switch (scope) {
    case 'everything':
      return { kind: scope };
    case 'service':
      return { kind: scope, service: service ?? '' };
    case 'environment':
      return { kind: scope, environment: environment ?? '' };
    case 'target':
      return { kind: scope, service: service ?? '', environment: environment ?? '' };
  }
}
