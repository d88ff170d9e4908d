import type { Kysely } from 'kysely';
import { z } from 'zod';
import { freeTextSchema } from '../domain/base/names.ts';
import type { DeploymentRow } from '../domain/journal/batch.ts';
import { readCursor, writeCursor } from './cursor.ts';
import type { Tables } from './schema.ts';
import type { Store } from './store.ts';

export const deploymentColumns = [
  'id',
  'workflowId',
  'number',
  'service',
  'environment',
  'release',
  'artifactDigest',
  'planDigest',
  'requester',
  'requestedAt',
  'phase',
  'outcome',
  'endedAt',
  'lastSeq',
] as const satisfies readonly (keyof DeploymentRow)[];

const filters = ['service', 'environment', 'phase', 'outcome', 'requester', 'release'] as const;

export function deploymentQueries(db: Kysely<Tables>): Pick<Store, 'deployment' | 'deployments'> {
  return {
    async deployment(id) {
      const row = await db.selectFrom('deployments').select(deploymentColumns).where('id', '=', id).executeTakeFirst();
      return row ?? null;
    },

    async deployments(filter) {
      let query = db
        .selectFrom('deployments')
        .select(deploymentColumns)
        .orderBy('requestedAt', 'desc')
        .orderBy('number', 'desc')
        .orderBy('id', 'desc')
        .limit(filter.limit + 1);
      for (const column of filters) {
        const wanted = filter[column];
        if (wanted !== undefined) query = query.where(column, '=', wanted);
      }
      if (filter.isOpen) query = query.where('outcome', 'is', null);
      if (filter.numberBelow !== undefined) query = query.where('number', '<', filter.numberBelow);
      if (filter.lacksRecord)
        query = query
          .where('outcome', 'is not', null)
          .where((row) =>
            row.not(
              row.exists(
                row
                  .selectFrom('records')
                  .select('records.deployment')
                  .whereRef('records.deployment', '=', 'deployments.id')
                  .where('records.state', '=', 'final'),
              ),
            ),
          );
      if (filter.cursor !== undefined) {
        const last = readCursor(cursorSchema, filter.cursor, 'deployments');
        query = query.where((row) => row(row.refTuple('requestedAt', 'number', 'id'), '<', row.tuple(...last)));
      }
      const rows = await query.execute();
      const items = rows.slice(0, filter.limit);
      const last = items.at(-1);
      const isMore = rows.length > items.length && last !== undefined;
      return { items, next: isMore ? writeCursor([last.requestedAt, last.number, last.id]) : null };
    },
  };
}

const cursorSchema = z.tuple([freeTextSchema(40), z.int32().min(0), freeTextSchema(300)]);
