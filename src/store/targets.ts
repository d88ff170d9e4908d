import type { Kysely, Selectable } from 'kysely';
import type { TargetState } from '../domain/ports.ts';
import type { Tables } from './schema.ts';
import type { Store } from './store.ts';

export function targetQueries(db: Kysely<Tables>): Pick<Store, 'targets' | 'target' | 'saveTarget' | 'raiseFence'> {
  return {
    async targets() {
      const rows = await db.selectFrom('targets').selectAll().orderBy('service').orderBy('environment').execute();
      return rows.map(stateOf);
    },

    async target(service, environment) {
      const [row, seen] = await Promise.all([
        db
          .selectFrom('targets')
          .selectAll()
          .where('service', '=', service)
          .where('environment', '=', environment)
          .executeTakeFirst(),
        db.selectFrom('fences').select('fence').where('target', '=', `${service}/${environment}`).executeTakeFirst(),
      ]);
      // Whoever acted may have been granted a fence that the target's own copy does not know of.
      return row ? stateOf({ ...row, fence: Math.max(row.fence, seen?.fence ?? 0) }) : null;
    },

    /** The fence counts as seen at once, not only when its holder first acts. */
    saveTarget: ({ service, environment, lastNumber, fence, live, slot, lock, reviews }) =>
      db.transaction().execute(async (transaction) => {
        const state = {
          lastNumber,
          fence,
          slot,
          live: live && JSON.stringify(live),
          lock: lock && JSON.stringify(lock),
          reviews: JSON.stringify(reviews),
        };
        await transaction
          .insertInto('targets')
          .values({ service, environment, ...state })
          .onConflict((conflict) =>
            conflict
              .columns(['service', 'environment'])
              .doUpdateSet(state)
              .whereRef('targets.lastNumber', '<=', 'excluded.lastNumber')
              .whereRef('targets.fence', '<=', 'excluded.fence'),
          )
          .execute();
        await raise(transaction, `${service}/${environment}`, fence);
      }),

    raiseFence: (target, fence) => raise(db, target, fence),
  };
}

async function raise(db: Kysely<Tables>, target: string, fence: number): Promise<number> {
  const row = await db
    .insertInto('fences')
    .values({ target, fence })
    .onConflict((conflict) =>
      conflict
        .column('target')
        .doUpdateSet((row) => ({ fence: row.fn('greatest', [row.ref('fences.fence'), row.ref('excluded.fence')]) })),
    )
    .returning('fence')
    .executeTakeFirstOrThrow();
  return row.fence;
}

function stateOf({
  service,
  environment,
  lastNumber,
  fence,
  live,
  slot,
  lock,
  reviews,
}: Selectable<Tables['targets']>): TargetState {
  return {
    service,
    environment,
    lastNumber,
    fence,
    live: live === null ? null : (JSON.parse(live) as TargetState['live']),
    slot,
    lock: lock === null ? null : (JSON.parse(lock) as TargetState['lock']),
    reviews: reviews === null ? [] : (JSON.parse(reviews) as TargetState['reviews']),
  };
}
