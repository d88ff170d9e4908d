import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { parseDuration } from '../../domain/duration.ts';
import { GantryError } from '../../domain/errors.ts';
import { outcomes } from '../../domain/journal.ts';
import { phases } from '../../domain/messages.ts';
import { nameSchema, releaseSchema, subjectSchema } from '../../domain/names.ts';
import { journalFor, recordFor, statusFor } from '../deployment-views.ts';
import type { ApiDeps } from '../deps.ts';
import { anyObject, idParams, problems, statusSchema } from '../schemas.ts';

const longestWaitMs = 60_000;
const lookAgainMs = 200;
const count = (most: number) => z.coerce.number().int().min(1).max(most);
/** Number of a journal entry, as far as the store can count. */
const seqSchema = z.coerce
  .number()
  .int()
  .min(0)
  .max(2 ** 31 - 1);
const access = { access: { kind: 'read' } } as const;

const listQuery = z.strictObject({
  service: nameSchema.optional(),
  environment: nameSchema.optional(),
  phase: z.enum(phases).optional(),
  outcome: z.enum(outcomes).optional(),
  requester: subjectSchema.optional(),
  release: releaseSchema.optional(),
  limit: count(200).default(50),
  cursor: z.string().max(200).optional(),
});
const statusQuery = z.strictObject({
  wait: z
    .string()
    .refine((text) => (parseDuration(text) ?? Number.POSITIVE_INFINITY) <= longestWaitMs, 'at most 60s, such as 30s')
    .optional(),
  seq: seqSchema.optional(),
});
const journalQuery = z.strictObject({
  after: seqSchema.default(0),
  limit: count(500).default(200),
});

/** Looking at deployments. */
export function deploymentRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    '/v1/deployments',
    { config: access, schema: { querystring: listQuery, response: { 200: anyObject, ...problems } } },
    async ({ query }) => deps.store.deployments(query),
  );
  routes.get(
    '/v1/deployments/:id',
    {
      config: access,
      schema: { params: idParams, querystring: statusQuery, response: { 200: statusSchema, ...problems } },
    },
    async ({ params, query, caller, raw }) => {
      const look = () => statusFor(deps, params.id, caller.subject);
      const first = await look();
      const until = Date.now() + (query.wait === undefined ? 0 : (parseDuration(query.wait) ?? 0));
      const seen = query.seq ?? first.seq;
      let status = first;
      const isWaiting = () => Date.now() < until && !raw.destroyed && !app.closing.aborted;
      while (status.seq <= seen && status.outcome === null && isWaiting()) {
        const ms = Math.min(lookAgainMs, until - Date.now());
        await delay(ms, undefined, { signal: app.closing }).catch(() => undefined);
        status = await look();
      }
      return status;
    },
  );
  routes.get(
    '/v1/deployments/:id/journal',
    {
      config: access,
      schema: { params: idParams, querystring: journalQuery, response: { 200: anyObject, ...problems } },
    },
    async ({ params, query }) => {
      const items = await journalFor(deps, params.id, query.after, query.limit);
      return { items, next: items.at(-1)?.seq ?? query.after };
    },
  );
  routes.get(
    '/v1/deployments/:id/plan',
    { config: access, schema: { params: idParams, response: { 200: anyObject, ...problems } } },
    async ({ params, caller }) => {
      const { planDigest } = await statusFor(deps, params.id, caller.subject);
      const plan = await deps.store.plan(planDigest);
      if (!plan) throw new GantryError('not-found', `The store has no plan ${planDigest}.`);
      return { planDigest, plan };
    },
  );
  routes.get(
    '/v1/deployments/:id/record',
    { config: access, schema: { params: idParams, response: { 200: z.unknown(), ...problems } } },
    async ({ params, headers }, reply) => {
      const { markdown, document } = await recordFor(deps, params.id);
      reply.serializer(String);
      if (!/text\/markdown/.test(headers.accept ?? '')) return reply.type('application/json').send(document);
      return reply.type('text/markdown; charset=utf-8').send(markdown);
    },
  );
}
