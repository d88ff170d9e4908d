import { type Kysely, type Selectable, sql } from 'kysely';
import { z } from 'zod';
import { GantryError } from '../domain/base/errors.ts';
import { nameSchema } from '../domain/base/text-schemas.ts';
import type { SavedTarget, TargetState } from '../domain/target/state.ts';
import { type Page, type PageRequest, readPage } from './pages.ts';
import type { Tables } from './schema.ts';
import type { Equal } from './values.ts';

/**
 * A fence may be so much higher than the highest that is known of its target. A fence rises by one with each grant, and
 * each grant is saved as soon as the store answers. While it does not, nothing is requested and nothing acts: a
 * deployment that is granted the lock cannot even have it evaluated. So only the 100 deployments that may be open by then
 * can be granted it, and each again only after people or a window sent it back: ten times each is beyond reason. A
 * greater jump is a forgery. It would shut the genuine holder out, and near the greatest number there is no next one.
 */
export const maxFenceJump = 1_000;
/** The fence that a target itself saves may be further on: the store may be an old copy, or a new one. */
const maxSavedJump = 1_000_000;
/** A version rises by one with each save; a greater jump is a forgery. Near the greatest number there is no next one. */
const maxVersionJump = 1_000_000;

export function targetQueries(db: Kysely<Tables>) {
  return {
    async targets(): Promise<readonly SavedTarget[]> {
      const rows = await db.selectFrom('targets').selectAll().orderBy('service').orderBy('environment').execute();
      return rows.map(stateOf);
    },

    /** The same in pages, by their names. */
    async targetsBy({
      service,
      environment,
      ...page
    }: PageRequest & Equal<'service' | 'environment'>): Promise<Page<SavedTarget>> {
      let query = db.selectFrom('targets').selectAll();
      if (service !== undefined) query = query.where('service', '=', service);
      if (environment !== undefined) query = query.where('environment', '=', environment);
      const { items, next } = await readPage(query, page, {
        list: 'targets',
        by: ['service', 'environment'],
        direction: 'asc',
        place: z.tuple([nameSchema, nameSchema]),
      });
      return { items: items.map(stateOf), next };
    },

    async target(service: string, environment: string): Promise<SavedTarget | null> {
      const [row, seen] = await Promise.all([
        db
          .selectFrom('targets')
          .selectAll()
          .where('service', '=', service)
          .where('environment', '=', environment)
          .executeTakeFirst(),
        db.selectFrom('fences').select('fence').where('target', '=', `${service}/${environment}`).executeTakeFirst(),
      ]);
      // An effect may have had a higher fence than the target's own copy.
      if (!row) return null;
      const state = stateOf(row);
      return { ...state, fence: Math.max(state.fence, Number(seen?.fence ?? 0)) };
    },

    /**
     * Keeps the state unless one with this version or a greater one is there, or a greater number or fence. Answers the
     * version that is there then. Throws as `raiseFence` does. The fence counts as seen at once, not only when its holder first
     * acts; that of a state that is not kept does not.
     */
    async saveTarget({
      service,
      environment,
      lastNumber,
      fence,
      live,
      slot,
      lock,
      reviews,
      version,
    }: SavedTarget): Promise<number> {
      const target = `${service}/${environment}`;
      const state = sql`${service}, ${environment}, ${lastNumber}::integer, ${checkFence(fence)}::bigint, ${slot},
        ${live && JSON.stringify(live)}, ${lock && JSON.stringify(lock)}, ${JSON.stringify(reviews)}, ${version}::integer`;
      const known = sql`(select version from targets where service = ${service} and environment = ${environment})`;
      const { rows } = await sql<{ isPossible: boolean; version: number | null }>`
        with ${possible(target, fence, maxSavedJump)},
        kept as (
          insert into targets (service, environment, last_number, fence, slot, live, lock, reviews, version)
          select ${state} from possible where ${version}::integer - ${maxVersionJump} <= coalesce(${known}, 0)
          on conflict (service, environment) do update set
            last_number = excluded.last_number, fence = excluded.fence, slot = excluded.slot,
            live = excluded.live, lock = excluded.lock, reviews = excluded.reviews, version = excluded.version
          where targets.last_number <= excluded.last_number and targets.fence <= excluded.fence
            and targets.version < excluded.version
          returning fence, version
        ),
        ${raisedBy('kept', target, fence)}
        select exists (select from possible) as is_possible, coalesce((select version from kept), ${known}) as version
      `.execute(db);
      if (!rows[0]?.isPossible) throw impossible(target, fence, maxSavedJump);
      return rows[0].version ?? 0;
    },

    /**
     * Notes that a fence was seen and answers the highest one known of that target (`service/environment`). Throws
     * `malformed` for what is no fence, `stale-fence` for one that is higher than it can be.
     */
    async raiseFence(target: string, fence: number): Promise<number> {
      const { rows } = await sql<{ fence: string }>`
        with ${possible(target, checkFence(fence), maxFenceJump)}, ${raisedBy('possible', target, fence)}
        select fence from raised`.execute(db);
      if (!rows[0]) throw impossible(target, fence, maxFenceJump);
      return Number(rows[0].fence);
    },
  };
}

// One statement each: a process that is stopped between two would block the target.

/** A row unless the fence is higher than it can be. A target that nothing is known of begins at 0; fences never fall. */
function possible(target: string, fence: number, jump: number) {
  const min = fence - jump;
  return sql`possible as (
    select 1 where ${min}::bigint <= 0 or exists (select from fences where target = ${target} and fence >= ${min}::bigint)
  )`;
}

/** The highest fence known of a target, raised where the part of the statement with this name has a row. */
function raisedBy(part: 'possible' | 'kept', target: string, fence: number) {
  return sql`raised as (
    insert into fences (target, fence) select ${target}, ${fence}::bigint from ${sql.table(part)}
    on conflict (target) do update set fence = greatest(fences.fence, excluded.fence)
    returning fence
  )`;
}

function impossible(target: string, fence: number, jump: number): GantryError {
  return new GantryError(
    'stale-fence',
    `${target} cannot have come to fence ${fence}: more than ${jump} beyond the highest that is known.`,
  );
}

/** What is no whole number would be rounded or refused by the column. Throws `malformed`. */
function checkFence(fence: number): number {
  if (Number.isSafeInteger(fence) && fence >= 0) return fence;
  throw new GantryError('malformed', `${String(fence).slice(0, 40)} is no fence.`);
}

function stateOf(row: Selectable<Tables['targets']>): SavedTarget {
  return {
    service: row.service,
    environment: row.environment,
    lastNumber: row.lastNumber,
    fence: Number(row.fence),
    live: JSON.parse(row.live ?? 'null') as TargetState['live'],
    slot: row.slot,
    lock: JSON.parse(row.lock ?? 'null') as TargetState['lock'],
    reviews: JSON.parse(row.reviews ?? '[]') as TargetState['reviews'],
    version: row.version,
  };
}
