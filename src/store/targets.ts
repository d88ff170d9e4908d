import type { Kysely, Selectable } from 'kysely';
import { GantryError } from '../domain/errors.ts';
import type { TargetState } from '../domain/ports/targets.ts';
import type { Tables } from './schema.ts';
import type { Store } from './store.ts';

/**
 * A fence may be so much higher than the highest that is known of its target. A fence rises by one with each grant, and
 * each grant is saved as soon as the store answers. While it does not, nobody requests anything and nobody acts: a
 * deployment that is granted the lock cannot even have it judged. So only the 100 deployments that may be open by then
 * can be granted it, and each again only after people or a window sent it back: ten times each is beyond reason. A
 * greater jump is made up. It would shut the genuine holder out, and near the greatest number there is no next one.
 */
export const greatestFenceJump = 1_000;
/** What a target itself says of its fence may be further on: the store may be an old copy, or a new one. */
const greatestSavedJump = 1_000_000;

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
      if (!row) return null;
      const state = stateOf(row);
      return { ...state, fence: Math.max(state.fence, Number(seen?.fence ?? 0)) };
    },

    /** The fence counts as seen at once, not only when its holder first acts; that of a state that is not kept does not. */
    saveTarget: ({ service, environment, lastNumber, fence, live, slot, lock, reviews }) =>
      db.transaction().execute(async (transaction) => {
        checkFence(fence);
        const state = {
          lastNumber,
          fence,
          slot,
          live: live && JSON.stringify(live),
          lock: lock && JSON.stringify(lock),
          reviews: JSON.stringify(reviews),
        };
        const kept = await transaction
          .insertInto('targets')
          .values({ service, environment, ...state })
          .onConflict((conflict) =>
            conflict
              .columns(['service', 'environment'])
              .doUpdateSet(state)
              .whereRef('targets.lastNumber', '<=', 'excluded.lastNumber')
              .whereRef('targets.fence', '<=', 'excluded.fence'),
          )
          .returning('fence')
          .executeTakeFirst();
        if (kept) await raise(transaction, `${service}/${environment}`, fence, greatestSavedJump);
      }),

    raiseFence: async (target, fence) => raise(db, target, checkFence(fence)),
  };
}

/** What is no whole number would be rounded or refused by the column. Throws `malformed`. */
function checkFence(fence: number): number {
  if (Number.isSafeInteger(fence) && fence >= 0) return fence;
  throw new GantryError('malformed', `${String(fence).slice(0, 40)} is no fence.`);
}

/** Throws `stale-fence` for one that is higher than it can be. */
async function raise(db: Kysely<Tables>, target: string, fence: number, jump = greatestFenceJump): Promise<number> {
  const highest = (await raiseKnown(db, target, fence, jump)) ?? (await raiseFirst(db, target, fence, jump));
  if (highest !== null) return highest;
  throw new GantryError(
    'stale-fence',
    `${target} cannot have come to fence ${fence}: more than ${jump} beyond the highest that is known.`,
  );
}

async function raiseKnown(db: Kysely<Tables>, target: string, fence: number, jump: number): Promise<number | null> {
  const row = await db
    .updateTable('fences')
    .set((row) => ({ fence: row.fn<number>('greatest', [row.ref('fence'), row.val(fence)]) }))
    .where('target', '=', target)
    .where('fence', '>=', String(fence - jump))
    .returning('fence')
    .executeTakeFirst();
  return row ? Number(row.fence) : null;
}

/** A target that nothing is known of begins at 0, so that nobody can raise its fence before it is there. */
async function raiseFirst(db: Kysely<Tables>, target: string, fence: number, jump: number): Promise<number | null> {
  const begin = { target, fence: 0 };
  await db
    .insertInto('fences')
    .values(begin)
    .onConflict((conflict) => conflict.column('target').doNothing())
    .execute();
  return raiseKnown(db, target, fence, jump);
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
    fence: Number(fence),
    live: live === null ? null : (JSON.parse(live) as TargetState['live']),
    slot,
    lock: lock === null ? null : (JSON.parse(lock) as TargetState['lock']),
    reviews: reviews === null ? [] : (JSON.parse(reviews) as TargetState['reviews']),
  };
}
