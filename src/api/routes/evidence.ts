import { type EvidenceOfArtifact, evidenceOfArtifactSchema, takenSchema } from '../../contract/evidence.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { maxOfEvidence } from '../../domain/base/json-size.ts';
import { refuse } from '../../domain/base/refuse.ts';
import { shardOf } from '../../domain/evidence/statement.ts';
import { roomless, signersOf } from '../../domain/evidence/submission.ts';
import { evidenceSubmissionSchema } from '../../domain/evidence/submission-schema.ts';
import { sortInTurns } from '../../system/weigh-in-turns.ts';
import type { ApiDeps, RoutesApp } from '../deps.ts';
import { jsonInParts } from '../http/json-in-parts.ts';
import { toGantryError } from '../http/problem.ts';
import { answerProblem } from '../plugins/errors.ts';
import { answerOnce } from '../requests/idempotency-key.ts';
import { declare, digestQuery, reading } from '../schemas.ts';

const bodyLimit = 1024 * 1024;

/** Evidence of the pipeline's stages: submitting it, and reading it by artifact. */
export function evidenceRoutes(app: RoutesApp, deps: ApiDeps): void {
  app.post(
    '/v1/evidence',
    {
      bodyLimit,
      ...declare(
        { access: { kind: 'may', what: 'submit-evidence' }, idempotencyKey: 'heeded', maxValues: maxOfEvidence },
        'Submit evidence: one to five statements at once',
        { body: evidenceSubmissionSchema, response: { 201: takenSchema } },
      ),
      errorHandler(thrown, request, reply) {
        const { code, message } = toGantryError(thrown);
        const isTooLarge = code === 'too-large';
        const error = isTooLarge ? new GantryError('evidence-too-large', message, { cause: thrown }) : thrown;
        answerProblem(error, request, reply);
      },
    },
    (request, reply) =>
      answerOnce(deps.store, request, reply, async ({ begins }) => {
        const { body, caller } = request;
        const { policy } = await deps.policy.read();
        const { taken, issues, refused } = await sortInTurns(body, {
          submittedBy: caller.subject,
          now: deps.now(),
          signers: signersOf(policy),
        });
        if (issues.length > 0) {
          // Kept, so that a gate can show that evidence was refused, and why.
          await deps.store.refuseEvidence(refused);
          refuse(issues);
        }
        begins();
        const full = await deps.store.addEvidence(taken);
        if (full.length > 0) {
          const without = roomless(taken, full);
          await deps.store.refuseEvidence(without.refused);
          refuse(without.issues);
        }
        const evidence = taken.map(({ row, statement, signers }) => {
          const { envelope: _, ...columns } = row;
          return { ...columns, shard: shardOf(statement), signers };
        });
        return { status: 201, body: { evidence } };
      }),
  );
  app.get(
    '/v1/evidence',
    declare(reading, 'What is known of an artifact', {
      querystring: digestQuery,
      response: { 200: evidenceOfArtifactSchema },
    }),
    async ({ query: { digest } }, reply) => {
      const [evidence, refused] = await Promise.all([
        deps.store.evidenceOf(digest),
        deps.store.refusedEvidenceOf(digest),
      ]);
      const answer: EvidenceOfArtifact = { evidence, refused };
      // A stream of JSON: typed as the answer for the document only.
      return reply.type('application/json; charset=utf-8').send(jsonInParts({ ...answer }) as never);
    },
  );
}
