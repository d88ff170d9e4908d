import { readFile } from 'node:fs/promises';
import createClient, { type Client } from 'openapi-fetch';
import { Agent, fetch } from 'undici';
import type { z } from 'zod';
import type { paths } from '../contract/paths.ts';
import { problemSchema } from '../contract/problem.ts';
import { type ErrorCode, GantryError, isErrorCode } from '../domain/base/errors.ts';
import { isLoopback } from '../system/loopback.ts';
import { withinLimit } from '../system/time-limit.ts';

/** Where the API is, and the caller's token. */
export interface ApiOptions {
  /** GANTRY_API when absent. */
  readonly api?: string | undefined;
  readonly tokenFile?: string | undefined;
}

/** Environment variables, as the process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The HTTP API as commands use it, typed by its own document. Throws `not-ready` when nothing answers. */
export type Api = Client<paths>;

/** No call takes longer, in milliseconds. */
const callMs = 30_000;

/** A client of the API at `api` with the token of `tokenFile`, else of GANTRY_TOKEN. Throws `invalid-config`, `unauthenticated`. */
export async function openApi({ api: asked, tokenFile }: ApiOptions, environment: Environment): Promise<Api> {
  const api = asked ?? environment['GANTRY_API'];
  if (api === undefined) throw new GantryError('invalid-config', 'Say where the API is: --api or GANTRY_API.');
  const base = URL.canParse(api) ? new URL(api) : null;
  if (!base || !/^https?:$/.test(base.protocol) || base.username !== '' || base.password !== '')
    throw new GantryError('invalid-config', `--api ${JSON.stringify(api)} is no http or https URL.`);
  // Over plain HTTP anybody in between could read and use the token.
  if (base.protocol === 'http:' && !isLoopback(base.hostname))
    throw new GantryError(
      'invalid-config',
      `${base.origin} is not this machine: write https, a token is not sent in the clear.`,
    );
  const token = await readToken(tokenFile, environment);
  return createClient<paths>({ baseUrl: base.href, headers: { authorization: `Bearer ${token}` }, fetch: send });
}

/** The text of a file. Throws an error with `code` where it cannot be read. */
export function readText(file: string, code: ErrorCode): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new GantryError(code, `${file} cannot be read (${cause.code ?? cause.message}).`, { cause });
  });
}

async function readToken(file: string | undefined, environment: Environment): Promise<string> {
  const text = file === undefined ? environment['GANTRY_TOKEN'] : await readText(file, 'invalid-config');
  const token = text?.trim() ?? '';
  if (/^[A-Za-z0-9._~+/=-]{20,8192}$/.test(token)) return token;
  // What is wrong with it is not printed: it may be a secret all the same.
  throw new GantryError('unauthenticated', 'Name a file with a token (--token-file), or set GANTRY_TOKEN.');
}

/** Requests to this machine bypass any proxy of the environment, which Node can be configured to use. */
const direct = new Agent();
const past = (url: URL) => (isLoopback(url.hostname) ? { dispatcher: direct } : {});

async function send(request: Request): Promise<Response> {
  const { method, headers } = request;
  const url = new URL(request.url);
  const sent = await request.text();
  const { status, text } = await withinLimit(callMs, async (signal) => {
    const answer = await fetch(url, {
      method,
      headers: Object.fromEntries(headers),
      ...(sent === '' ? {} : { body: sent }),
      redirect: 'error',
      signal,
      ...past(url),
    });
    return { status: answer.status, text: await answer.text() };
  }).catch((cause: Error) => {
    const why = cause.cause instanceof Error && 'code' in cause.cause ? String(cause.cause.code) : cause.message;
    throw new GantryError('not-ready', `Nothing answers at ${url.origin} (${why}).`, { cause });
  });
  const body = parsed(text);
  if (status < 300 && body !== undefined) return Response.json(body);
  const problem = problemSchema.safeParse(body);
  if (!problem.success)
    throw new GantryError('not-ready', `${url.origin} answered ${status}, which is no answer of Gantry.`);
  const { code, detail, pointer, issues = [] } = problem.data;
  throw new GantryError(codeOf(code), detail, {
    ...(pointer === undefined ? {} : { pointer }),
    issues: issues.map((issue) => ({ ...issue, code: codeOf(issue.code) })),
  });
}

const codeOf = (code: string) => (isErrorCode(code) ? code : 'internal');

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The answer to a call. Throws the problem's code, and `internal` for an answer that does not match the schema of this version;
 * an unknown value of an enumeration is accepted.
 */
export async function answered<T>(call: Promise<{ readonly data?: T }>, schema: z.ZodType): Promise<T> {
  const { data } = await call;
  const { error } = schema.safeParse(data);
  const isNewValue = (path: readonly PropertyKey[]) => typeof path.reduce(at, data) === 'string';
  if (
    data !== undefined &&
    (error?.issues ?? []).every(({ code, path }) => code === 'invalid_value' && isNewValue(path))
  )
    return data;
  throw new GantryError('internal', 'The answer is not what this version of Gantry knows.', { cause: error });
}

const at = (value: unknown, key: PropertyKey): unknown => Object(value)[key];
