import { z } from 'zod';
import { digestSchema, freeTextSchema, nameSchema } from '../domain/base/names.ts';
import type { Status } from '../domain/deployment/status.ts';
import { longestCursor } from '../store/cursor.ts';
import { problemSchema } from './http/problem.ts';
import type { Preview } from './requests/preview.ts';

const loose = z.looseObject({});

/** The status of a deployment; `src/domain/deployment/status.ts` has it in full. */
export const statusSchema = z
  .looseObject({
    id: z.string(),
    workflowId: z.string(),
    number: z.int(),
    service: z.string(),
    environment: z.string(),
    release: z.string(),
    planDigest: z.string(),
    requestedAt: z.string(),
    phase: z.string(),
    outcome: z.string().nullable(),
    paused: z.boolean(),
    waitingFor: z.array(loose),
    steps: z.array(loose),
    can: z.array(z.string()),
    seq: z.int(),
    links: z.record(z.string(), z.string()),
    hint: z.string().optional(),
  })
  .describe('Where a deployment stands') as unknown as z.ZodType<Status>; // documents; typed code makes the answer

/** What a request would lead to; `src/api/requests/preview.ts`, `src/domain/planning/outlook.ts` and `src/domain/gates/preview.ts` have it in full. */
export const previewSchema = z
  .looseObject({
    plan: loose,
    planDigest: z.string(),
    outlook: z
      .array(
        z.looseObject({
          about: z.enum(['window', 'target', 'order', 'release']),
          says: z.string(),
          opens: z.string().nullable().optional(),
          deployments: z.array(z.string()).optional(),
        }),
      )
      .describe(
        'What would hold the deployment or become of it, as far as it is known now: a freeze or a closed window, whoever has the target, which deployments it supersedes',
      ),
    steps: z.array(
      z.looseObject({
        id: z.string(),
        title: z.string(),
        parts: z.array(z.looseObject({ name: z.string(), text: z.string() })),
      }),
    ),
    checks: z
      .array(z.looseObject({ part: z.string(), says: z.array(z.string()) }))
      .describe('What is measured beside the steps, with its thresholds, and the monitoring period, in words'),
    greatestDurationMs: z.int(),
    gates: z.array(
      z.looseObject({
        gate: z.string(),
        state: z.enum(['passed', 'waived', 'waiting', 'blocked', 'not-required']),
        required: z.string(),
        found: z.string().optional(),
        missing: z.array(z.looseObject({ role: z.string(), minimum: z.int() })).optional(),
        who: z.array(z.looseObject({ subject: z.string(), name: z.string(), role: z.string() })).optional(),
        reason: z.string().optional(),
        opens: z.string().nullable().optional(),
      }),
    ),
    changed: z
      .array(z.looseObject({ pointer: z.string(), before: z.unknown().optional(), after: z.unknown().optional() }))
      .nullable(),
    changedMore: z.int(),
    changedSince: z.looseObject({ deployment: z.string(), release: z.string(), planDigest: z.string() }).nullable(),
    sameName: z.array(z.looseObject({ deployment: z.string(), artifactDigest: z.string() })),
  })
  .describe(
    'The plan as it would be frozen, every gate, and what differs from the plan that ran last',
  ) as unknown as z.ZodType<Preview>; // documents; typed code makes the answer

/** How many items of a list. */
export const count = (most: number) => z.coerce.number().int().min(1).max(most);
export const cursorSchema = z.string().max(longestCursor).optional().describe('`next` of the page before');
export const anyObject = loose;
export const idParams = z.strictObject({ id: freeTextSchema(200) });
export const targetParams = z.strictObject({ service: nameSchema, environment: nameSchema });
export const digestQuery = z.strictObject({ digest: digestSchema });

const idempotencyKey = z.string().optional();

/** Headers of a route that may be repeated. What is no key is refused by whoever reads it. */
export const mayBeRepeated = z.looseObject({
  'idempotency-key': idempotencyKey.describe(
    '1 to 200 visible ASCII characters of your own. The same request under the same key is done once, and each repeat gets the answer of the first; with another body it is refused (idempotency-key-reused). Remembered for at least 7 days.',
  ),
});

/** The same where a key is needed. */
export const isRepeatedByKey = z.looseObject({
  'idempotency-key': idempotencyKey.describe(
    'Needed: 1 to 200 visible ASCII characters of your own. The same request under the same key is one deployment, and each repeat gets its status as it is then; with another body it is refused (idempotency-key-reused). Remembered for at least 7 days.',
  ),
});

/** The answers that any route may give instead of its own. */
export const problems = { '4xx': problemSchema, '5xx': problemSchema } as const;
