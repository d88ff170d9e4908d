import { readFile } from 'node:fs/promises';
import { Agent, fetch, type RequestInit } from 'undici';
import { z } from 'zod';
import { GantryError, isErrorCode } from '../domain/base/errors.ts';
import { isLoopback } from '../system/loopback.ts';
import { withinLimit } from '../system/time-limit.ts';

/** Where the API is and who speaks to it. */
export interface ApiOptions {
  /** GANTRY_API when absent. */
  readonly api?: string | undefined;
  readonly tokenFile?: string | undefined;
}

/** The HTTP API as commands use it. Throws the problem's own code, `not-ready` when nothing answers. */
export interface Api {
  get<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  post<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T>;
}

/** No call takes longer, in milliseconds. */
const callMs = 30_000;

/** Speaks to the API at `api` with the token of `tokenFile`, else of GANTRY_TOKEN. Throws `invalid-config`, `unauthenticated`. */
export async function openApi(
  { api: asked, tokenFile }: ApiOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Api> {
  const api = asked ?? environment['GANTRY_API'];
  if (api === undefined) throw new GantryError('invalid-config', 'Say where the API is: --api or GANTRY_API.');
  const base = URL.canParse(api) ? new URL(api) : null;
  if (!base || !/^https?:$/.test(base.protocol) || base.username !== '' || base.password !== '')
    throw new GantryError('invalid-config', `--api ${JSON.stringify(api)} is no http or https URL.`);
  // Whoever listens in between would have the token, and everything that it may do.
  if (base.protocol === 'http:' && !isLoopback(base.hostname))
    throw new GantryError(
      'invalid-config',
      `${base.origin} is not this machine: write https, a token is not sent in the clear.`,
    );
  const root = base.href.replace(/\/$/, '');
  const token = await readToken(tokenFile, environment);
  const call = async <T>(method: string, path: string, schema: z.ZodType<T>, body?: unknown): Promise<T> => {
    const answer = await send(`${root}${path}`, {
      method,
      redirect: 'error',
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const read = schema.safeParse(answer);
    if (read.success) return read.data;
    throw new GantryError('internal', `${method} ${path}: the answer is not what this version of Gantry knows.`, {
      cause: read.error,
    });
  };
  return {
    get: (path, schema) => call('GET', path, schema),
    post: (path, body, schema) => call('POST', path, schema, body),
  };
}

async function readToken(
  file: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const text =
    file === undefined
      ? environment['GANTRY_TOKEN']
      : await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
          throw new GantryError('invalid-config', `${file} cannot be read (${cause.code ?? cause.message}).`, {
            cause,
          });
        });
  const token = text?.trim() ?? '';
  if (/^[A-Za-z0-9._~+/=-]{20,8192}$/.test(token)) return token;
  // What is wrong with it is not said: it may be a secret all the same.
  throw new GantryError('unauthenticated', 'Name a file with a token (--token-file), or set GANTRY_TOKEN.');
}

const problemSchema = z.looseObject({
  code: z.string(),
  detail: z.string(),
  pointer: z.string().optional(),
  issues: z.array(z.looseObject({ pointer: z.string(), code: z.string(), detail: z.string() })).default([]),
});

async function send(url: string, request: RequestInit): Promise<unknown> {
  const { answer, text } = await withinLimit(callMs, async (signal) => {
    const response = await fetch(url, { ...request, signal, ...past(url) });
    return { answer: response, text: await response.text() };
  }).catch((cause: Error) => {
    const why = cause.cause instanceof Error && 'code' in cause.cause ? String(cause.cause.code) : cause.message;
    throw new GantryError('not-ready', `Nothing answers at ${new URL(url).origin} (${why}).`, { cause });
  });
  const body = parsed(text);
  if (answer.ok) return body;
  const problem = problemSchema.safeParse(body);
  if (!problem.success)
    throw new GantryError(
      'not-ready',
      `${new URL(url).origin} answered ${answer.status}, which is no answer of Gantry.`,
    );
  const { code, detail, pointer, issues } = problem.data;
  throw new GantryError(codeOf(code), detail, {
    ...(pointer === undefined ? {} : { pointer }),
    issues: issues.map((issue) => ({ pointer: issue.pointer, code: codeOf(issue.code), detail: issue.detail })),
  });
}

/** An API on this machine is asked past any proxy that the environment names: Node can be told to heed those. */
const direct = new Agent();
const past = (url: string) => (isLoopback(new URL(url).hostname) ? { dispatcher: direct } : {});

const codeOf = (code: string) => (isErrorCode(code) ? code : 'internal');

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
