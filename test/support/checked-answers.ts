import { isDeepStrictEqual } from 'node:util';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { problemSchema } from '../../src/contract/problem.ts';

export interface CheckedAnswers {
  /** Has every answer of an API held against what its route declares. */
  readonly check: (app: FastifyInstance) => void;
  /** Throws what was found, each route once. */
  readonly expectNoFault: () => Promise<void>;
}

/** Answers are sent as they were made, so that none is lost or slow by a schema: here they are held against it. */
export function checkedAnswers(): CheckedAnswers {
  const faults = new Map<string, string>();
  return {
    check(app) {
      app.addHook('onSend', async (request, reply, payload) => {
        const { method, url, schema } = request.routeOptions;
        const type = String(reply.getHeader('content-type') ?? '');
        if (typeof payload !== 'string' || !/json/.test(type) || schema?.hide) return;
        const declared = schemaFor(schema?.response ?? {}, reply.statusCode);
        const fault = declared ? faultOf(declared, JSON.parse(payload)) : 'declares nothing of that';
        if (fault !== null)
          faults.set([method, url, reply.statusCode].join(' '), `${fault}: ${payload.slice(0, 2_000)}`);
      });
    },
    async expectNoFault() {
      if (faults.size > 0) throw new Error([...faults].map((entry) => entry.join(': ')).join('\n'));
    },
  };
}

function schemaFor(response: object, status: number): z.ZodType | null {
  if (status >= 400) return problemSchema;
  const declared: unknown = Reflect.get(response, status);
  const json: unknown = z.looseObject({ content: z.looseObject({}) }).safeParse(declared).data?.content[
    'application/json'
  ];
  const found = json === undefined ? declared : Reflect.get(json as object, 'schema');
  return found instanceof z.ZodType ? found : null;
}

/** What a value lacks, or has that the schema knows nothing of. */
export function faultOf(schema: z.ZodType, value: unknown): string | null {
  const read = schema.safeParse(value);
  if (!read.success) return z.prettifyError(read.error).replaceAll('\n', ' ');
  return isDeepStrictEqual(read.data, value)
    ? null
    : `of that only ${JSON.stringify(read.data).slice(0, 2_000)} is declared`;
}
