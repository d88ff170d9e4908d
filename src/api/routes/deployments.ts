import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { deploymentPageSchema } from '../../contract/deployment.ts';
import { healthSoFarSchema } from '../../contract/health.ts';
import { journalPageSchema } from '../../contract/journal.ts';
import { refusedMessagesSchema } from '../../contract/message.ts';
import { frozenPlanSchema } from '../../contract/plan.ts';
import { recordSchema } from '../../contract/record.ts';
import { statusSchema } from '../../contract/status.ts';
import { parseDuration } from '../../domain/base/duration.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { means } from '../../domain/base/means.ts';
import { outcomes, phases } from '../../domain/base/phases.ts';
import { nameSchema, releaseSchema, subjectSchema } from '../../domain/base/text-schemas.ts';
import type { Status } from '../../domain/deployment/status.ts';
import { healthInJournal } from '../../domain/health/so-far.ts';
import { type HeldSignal, holdSignal } from '../../system/time-limit.ts';
import type { ReadingDeps, RoutesApp } from '../deps.ts';
import { negotiate } from '../http/negotiate.ts';
import { changedSinceLast } from '../requests/changed.ts';
import { count, declare, idParams, pageQuery, reading } from '../schemas.ts';
import { recordFor, statusFor } from '../views/deployment.ts';
import type { Reader } from '../watch/watcher.ts';

/** From 1 ms to a minute. */
const waitPattern = /^(([1-9]\d{0,3}|[1-5]\d{4}|60000)ms|([1-9]|[1-5]\d|60)s|1m)$/;

/** Of the deployments before one, so many are looked through for the plan that ran last. */
const lookBack = 200;

/** Number of a journal entry, within the range of the store's column. */
const seqSchema = z.coerce
  .number()
  .int()
  .min(0)
  .max(2 ** 31 - 1);

const listQuery = z.strictObject({
  service: nameSchema.optional().meta(means('Those of this service', 'shop')),
  environment: nameSchema.optional().meta(means('Those in this environment', 'production')),
  phase: z.enum(phases).optional().meta(means('Those in this phase')),
  outcome: z.enum(outcomes).optional().meta(means('Those that ended so')),
  requester: subjectSchema.optional().meta(means('Those that they requested, or a robot on their behalf', 'key:dan')),
  release: releaseSchema.optional().meta(means('Those of this release', '1.4.2')),
  ...pageQuery,
});
const statusQuery = z.strictObject({
  wait: z
    .string()
    .regex(waitPattern, 'at most 60s, such as 30s')
    .optional()
    .meta(means('How long to wait for an entry behind `seq`, at most 60s; absent: not at all', '30s')),
  seq: seqSchema.optional().meta(means('The last entry that is known; absent: none', 12)),
});
const journalQuery = z.strictObject({
  after: seqSchema.default(0).meta(means('Entries behind this one', 12)),
  limit: count(500).default(200).meta(means('How many of them')),
});

const recordForms = {
  description: 'In the form that Accept asks for',
  content: { 'application/json': { schema: recordSchema }, 'text/markdown': { schema: z.string() } },
};

/** Reading deployments. */
export function deploymentRoutes(app: RoutesApp, deps: ReadingDeps): void {
  app.get(
    '/v1/deployments',
    declare(reading, 'Deployments, the newest first', {
      querystring: listQuery,
      response: { 200: deploymentPageSchema },
    }),
    async ({ query: { requester, ...query } }) => deps.store.deployments({ ...query, requestedFor: requester }),
  );
  app.get(
    '/v1/deployments/:id',
    declare(reading, 'Where a deployment stands; with wait, as soon as its journal is beyond seq', {
      params: idParams,
      querystring: statusQuery,
      response: { 200: statusSchema },
    }),
    async ({ params: { id }, query: { wait, seq }, caller: { subject } }, reply) => {
      const status = await statusFor(deps, id, subject, { seq: seq ?? 0, isSure: false });
      const ms = wait === undefined ? 0 : (parseDuration(wait) ?? 0);
      if (ms === 0) return status;
      const over = endOf(reply, app.closing, ms);
      try {
        return await statusBeyond(deps, status, seq ?? status.seq, { subject, signal: over.signal });
      } finally {
        over.release();
      }
    },
  );
  app.get(
    '/v1/deployments/:id/journal',
    declare(reading, 'What happened, in order', {
      params: idParams,
      querystring: journalQuery,
      response: { 200: journalPageSchema },
    }),
    async ({ params, query }) => {
      const items = await deps.watcher.journal(params.id, query.after, query.limit);
      return { items, next: items.at(-1)?.seq ?? query.after };
    },
  );
  app.get(
    '/v1/deployments/:id/health',
    declare(reading, 'What the health checks have come to: while they are watched, as the monitor counts them', {
      params: idParams,
      response: { 200: healthSoFarSchema },
    }),
    async ({ params: { id } }) => {
      // Without the store the journal is not known here; the monitor's counts are, as long as it watches.
      const seen = await deps.watcher.look(id);
      return (seen && healthInJournal(seen.journal)) ?? deps.healthView(id);
    },
  );
  app.get(
    '/v1/deployments/:id/refused',
    declare(reading, 'Which messages were refused, to whom and why', {
      params: idParams,
      response: { 200: refusedMessagesSchema },
    }),
    async ({ params: { id }, caller: { subject } }) => {
      await statusFor(deps, id, subject); // it is there
      await app.writeRefused();
      return { items: await deps.store.refusedMessagesOf(id) };
    },
  );
  app.get(
    '/v1/deployments/:id/plan',
    declare(reading, 'The plan, as it was frozen, and what differs from the one before', {
      params: idParams,
      response: { 200: frozenPlanSchema },
    }),
    async ({ params, caller }) => {
      const { planDigest, service, environment, number } = await statusFor(deps, params.id, caller.subject);
      const plan = await deps.store.plan(planDigest);
      if (!plan) throw new GantryError('not-found', `The store has no plan ${planDigest}.`);
      const earlier = { service, environment, numberBelow: number, limit: lookBack };
      return {
        planDigest,
        plan,
        ...(await changedSinceLast(deps, plan, (await deps.store.deployments(earlier)).items)),
      };
    },
  );
  app.get(
    '/v1/deployments/:id/record',
    declare(reading, 'The record: a draft while the deployment runs, final after', {
      params: idParams,
      response: { 200: recordForms },
    }),
    async ({ params, headers }, reply) => {
      reply.header('vary', 'Accept');
      const form = negotiate(headers.accept, ['application/json', 'text/markdown']);
      if (form === null) throw new GantryError('not-acceptable', 'A record is application/json or text/markdown.');
      reply.serializer(String);
      if (form === 'application/json') return reply.type(form).send(await recordFor(deps, params.id, 'document'));
      return reply.type('text/markdown; charset=utf-8').send(await recordFor(deps, params.id, 'markdown'));
    },
  );
}

/** Follows the journal until it is beyond `seen` or the deployment has ended; returns the status then. */
async function statusBeyond(
  deps: ReadingDeps,
  first: Status,
  seen: number,
  { subject, signal }: Pick<Reader, 'subject' | 'signal'>,
): Promise<Status> {
  const isEnough = ({ seq, outcome }: Status) => seq > seen || outcome !== null;
  if (isEnough(first)) return first;
  let status = first;
  for await (const _ of deps.watcher.follow(first.id, { subject, after: first.seq, signal })) {
    status = await statusFor(deps, first.id, subject);
    if (isEnough(status)) return status;
  }
  return status;
}

/** A signal that is aborted after `ms`, when the API stops, and when the caller is gone. */
function endOf({ raw }: FastifyReply, closing: AbortSignal, ms: number): HeldSignal {
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  // The caller may have gone while the status was read.
  if (raw.destroyed) gone.abort();
  return holdSignal([gone.signal, closing], ms);
}
