import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ZodObject, type z } from 'zod';
import type { ErrorCode } from '../../domain/base/error-codes.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { parseWith } from '../../domain/base/issues.ts';
import { evidenceSubmissionSchema } from '../../domain/evidence/submission-schema.ts';
import { procedureSchema } from '../../domain/planning/procedure.ts';
import { deploymentRequestSchema } from '../../domain/planning/request.ts';
import { parseJsonBody } from '../http/json-body.ts';
import { problemOf, toGantryError } from '../http/problem.ts';
import { safeHeaders } from './safe-headers.ts';

/** Bodies are strict JSON, input is checked by the routes' schemas, and every error is a problem with a code. */
export function useErrors(app: FastifyInstance): void {
  // RFC 9112 (3.2) wants Host of a request of HTTP/1.1; Node would refuse it without a problem.
  app.addHook('onRequest', async ({ raw }) => {
    if (raw.httpVersion === '1.1' && raw.headers.host === undefined)
      throw new GantryError('malformed', 'A request has a Host header.');
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) =>
    body.length === 0 ? undefined : parseJsonBody(body, request.routeOptions.config.maxValues),
  );
  app.setValidatorCompiler(({ schema, httpPart }) => (value: unknown) => {
    try {
      if (httpPart === 'body') requireBody(schema as unknown as z.ZodType, value);
      return { value: check(schema as unknown as z.ZodType, value) };
    } catch (error) {
      return { error: error as Error };
    }
  });
  // Answers come from typed code; their schemas only document them.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.setErrorHandler(answerProblem);
  app.setNotFoundHandler(() => {
    throw new GantryError('not-found', 'There is no such route.');
  });
}

/** Answers anything thrown as a problem, also Fastify's own errors, such as that of a malformed path. */
export function answerProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = toGantryError(thrown);
  if (error.status >= 500) request.log.error({ err: thrown, code: error.code }, error.message);
  if (error.retryable && !reply.hasHeader('retry-after')) reply.header('retry-after', '1');
  // No hooks run for a malformed path.
  reply.headers(safeHeaders);
  if (error.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer');
  void reply.code(error.status).type('application/problem+json').serializer(JSON.stringify).send(problemOf(error));
}

const unreadable: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['too-large', 'The headers are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['malformed', 'The request did not arrive whole in time.'],
  GANTRY_STOPPING: ['not-ready', 'This process stops before the request arrived whole: send it again.'],
};

/** Answers what Node could not read as a request, and closes the connection. */
export function answerUnreadable({ code }: { readonly code?: string }, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const error = new GantryError(...(unreadable[code ?? ''] ?? ['malformed', 'This is no HTTP request.']));
  const body = JSON.stringify(problemOf(error));
  socket.end(
    [
      `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...Object.entries(safeHeaders).map(([name, value]) => `${name}: ${value}`),
      ...(error.retryable ? ['Retry-After: 1'] : []),
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

/** Throws with what a body needs where there is none. */
function requireBody(schema: z.ZodType, value: unknown): void {
  if ((value !== undefined && value !== null) || schema.safeParse(undefined).success) return;
  const needed = schema instanceof ZodObject ? Object.keys(schema.shape).filter((key) => isNeeded(schema, key)) : [];
  const what = needed.length === 0 ? '' : ` with ${needed.join(', ')}`;
  throw new GantryError(codeOf(schema), `Send a JSON object${what}: there is no body.`, { pointer: '' });
}

function isNeeded({ shape }: ZodObject, key: string): boolean {
  return !(shape[key] as z.ZodType).safeParse(undefined).success;
}

function check(schema: z.ZodType, value: unknown): unknown {
  if (schema === deploymentRequestSchema) checkProcedure(value);
  return parseWith(schema, value, codeOf(schema));
}

/** An inline procedure is checked by itself: the union of name and document would not report what is wrong in it. */
function checkProcedure(value: unknown): void {
  const procedure = value !== null && typeof value === 'object' && 'procedure' in value ? value.procedure : undefined;
  if (procedure !== null && typeof procedure === 'object')
    parseWith(procedureSchema, procedure, 'invalid-procedure', ['procedure']);
}

function codeOf(schema: z.ZodType): ErrorCode {
  return schema === evidenceSubmissionSchema ? 'invalid-evidence' : 'malformed';
}
