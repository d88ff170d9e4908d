import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { alertsSchema } from '../../contract/service.ts';
import type { ApiDeps } from '../deps.ts';

const query = z.strictObject({ limit: z.coerce.number().int().min(1).max(200).default(50) });

/** What workers refused that nobody had sealed, and what supervision found: each was paged, too. */
export function alertRoutes(app: FastifyInstance, { store }: ApiDeps): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/alerts',
    {
      config: { access: { kind: 'read' } },
      schema: {
        summary:
          'Alerts that no deployment’s own journal tells of, the newest first: what was tried past the API, and what does not move',
        querystring: query,
        response: { 200: alertsSchema },
      },
    },
    async ({ query: { limit } }) => ({ items: await store.alerts(limit) }),
  );
}
