import { GantryError } from '../../domain/base/errors.ts';
import type { RoutesApp } from '../deps.ts';
import { reading } from '../schemas.ts';

const later = [
  ['GET', '/v1/deployments/:id/events', 'the live journal'],
  ['GET', '/v1/records', 'the search in records'],
  ['GET', '/v1/records/verification', 'the hash chain'],
  ['GET', '/metrics', 'metrics'],
] as const;

/** Routes that are described and refused until they work, for whoever may read: events, records, their verification, metrics. */
export function notAvailableYetRoutes(app: RoutesApp): void {
  for (const [method, url, what] of later)
    app.route({
      method,
      url,
      config: reading,
      schema: { hide: true },
      handler: async () => {
        throw new GantryError('not-available-yet', `${method} ${url}: ${what} is not available yet.`);
      },
    });
}
