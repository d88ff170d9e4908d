import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import { freeTextSchema } from '../domain/base/names.ts';
import type { DeploymentRow } from '../domain/journal/batch.ts';
import { readPage } from './pages.ts';
import type { Tables } from './schema.ts';
import { deploymentFilters, type Store } from './store.ts';

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

export function deploymentQueries(db: Kysely<Tables>): Pick<Store, 'deployment' | 'deployments'> {
  return {
    async deployment(id) {
      const row = await db.selectFrom('deployments').select(deploymentColumns).where('id', '=', id).executeTakeFirst();
      return row ?? null;
    },

    async deployments(filter) {
      let query = db.selectFrom('deployments').select(deploymentColumns);
      for (const column of deploymentFilters) {
        const wanted = filter[column];
        if (wanted !== undefined) query = query.where(column, '=', wanted);
      }
      if (filter.isOpen) query = query.where('outcome', 'is', null);
      if (filter.numberBelow !== undefined) query = query.where('number', '<', filter.numberBelow);
      if (filter.lacksRecord)
        query = query.where('outcome', 'is not', null).where(sql<boolean>`not exists (
          select from records where records.deployment = deployments.id and records.state = 'final')`);
      return readPage(query, filter, {
        list: 'deployments',
        by: ['requestedAt', 'number', 'id'],
        direction: 'desc',
        place: z.tuple([freeTextSchema(40), z.int32().min(0), freeTextSchema(300)]),
      });
    },
  };
}
