import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import { freeTextSchema } from '../domain/base/text-schemas.ts';
import type { DeploymentRow } from '../domain/journal/batch.ts';
import { type Page, readPage } from './pages.ts';
import type { Tables } from './schema.ts';
import { type DeploymentFilter, deploymentFilters } from './values.ts';

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

export function deploymentQueries(db: Kysely<Tables>) {
  return {
    async deployment(id: string): Promise<DeploymentRow | null> {
      const row = await db.selectFrom('deployments').select(deploymentColumns).where('id', '=', id).executeTakeFirst();
      return row ?? null;
    },

    /** Newest first. */
    async deployments(filter: DeploymentFilter): Promise<Page<DeploymentRow>> {
      let query = db.selectFrom('deployments').select(deploymentColumns);
      for (const column of deploymentFilters) {
        const wanted = filter[column];
        if (wanted !== undefined) query = query.where(column, '=', wanted);
      }
      const { requestedFor } = filter;
      if (requestedFor !== undefined)
        // Each half by its own index.
        query = query.where('id', 'in', (from) =>
          from
            .selectFrom('deployments')
            .select('id')
            .where('requester', '=', requestedFor)
            .union(
              from
                .selectFrom('plans')
                .innerJoin('deployments', 'deployments.planDigest', 'plans.digest')
                .select('deployments.id')
                .where('plans.onBehalfOf', '=', requestedFor),
            ),
        );
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
