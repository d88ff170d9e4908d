import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { digestOfJson } from '../../domain/canonical-json.ts';
import { GantryError } from '../../domain/errors.ts';
import { type EvidenceRow, evidenceSubmissionSchema, type Statement } from '../../domain/evidence.ts';
import type { ApiDeps } from '../deps.ts';
import { anyObject, digestQuery, problems } from '../schemas.ts';

const aheadMs = 60_000;

/** Proof of the pipeline's stages: one to five statements at once, and what is known of an artifact. */
export function evidenceRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.post(
    '/v1/evidence',
    {
      config: { access: { kind: 'may', what: 'submit-evidence' } },
      schema: { body: evidenceSubmissionSchema, response: { 201: anyObject, ...problems } },
    },
    async ({ body, caller }, reply) => {
      const rows = body.evidence.map(({ statement }, i) => ({
        statement,
        row: rowOf(statement, caller.subject, deps.now(), `/evidence/${i}/statement/predicate/finishedOn`),
      }));
      await deps.store.addEvidence(rows);
      return reply.code(201).send({ evidence: rows.map(({ row }) => row) });
    },
  );
  routes.get(
    '/v1/evidence',
    {
      config: { access: { kind: 'read' } },
      schema: { querystring: digestQuery, response: { 200: anyObject, ...problems } },
    },
    async ({ query }) => ({ evidence: await deps.store.evidenceOf(query.digest) }),
  );
}

function rowOf(statement: Statement, submittedBy: string, now: number, pointer: string): EvidenceRow {
  const { stage, result, startedOn, finishedOn, url } = statement.predicate;
  if (Date.parse(finishedOn) > now + aheadMs)
    throw new GantryError('invalid-evidence', `${finishedOn} is more than 60 s ahead.`, { pointer });
  return {
    digest: digestOfJson(statement),
    artifactDigest: `sha256:${statement.subject[0]?.digest.sha256 ?? ''}`,
    stage,
    result,
    startedOn,
    finishedOn,
    url: url ?? null,
    submittedBy,
    submittedAt: new Date(now).toISOString(),
  };
}
