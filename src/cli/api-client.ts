import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import createClient, { type Client } from 'openapi-fetch';
import { Agent, fetch } from 'undici';
import type { z } from 'zod';
import type { paths } from '../contract/paths.ts';
import { problemSchema } from '../contract/problem.ts';
import { versionHeader } from '../contract/service.ts';
import { type ErrorCode, isErrorCode } from '../domain/base/error-codes.ts';
import { GantryError } from '../domain/base/errors.ts';
import { isLoopback } from '../system/loopback.ts';
import { withinLimit } from '../system/time-limit.ts';
import { type Bearer, checkToken, pipelineAdvice, pipelineBearer } from './connection/bearer.ts';
import { contextFor, type KeptContext } from './connection/contexts.ts';
import { otherVersion } from './connection/other-version.ts';
import { sessionBearer } from './connection/session.ts';
import { type Environment, variable } from './environment.ts';

/** Where the API is and who speaks to it, as the options of a verb say. */
export interface ApiOptions {
  /** Before GANTRY_API and the context. */
  readonly api?: string | undefined;
  /** Before GANTRY_TOKEN and the context. */
  readonly tokenFile?: string | undefined;
  /** Before GANTRY_CONTEXT and the current one. */
  readonly context?: string | undefined;
}

/** The options that say so, for every verb that speaks to the API. */
export function withApiOptions(command: Command): Command {
  return command
    .option('--api <url>', 'where the API is; else GANTRY_API, else what gantry login has kept')
    .option('--token-file <file>', 'a file with your key; else GANTRY_TOKEN, else what gantry login has kept')
    .option('--context <name>', 'one of your logins; else GANTRY_CONTEXT, else the current one');
}

/** The HTTP API as commands use it, typed by its own document. Throws `not-ready` when nothing answers. */
export type Api = Client<paths>;

/** No call takes longer, in milliseconds. */
const callMs = 30_000;

/**
 * Speaks to the API. What the options name wins over `GANTRY_API` and `GANTRY_TOKEN`, and those over what `gantry login`
 * has kept; a login is used for its own API only. A pipeline without any of these is who its CI says. Throws `invalid-config`, `unauthenticated`.
 */
export async function openApi(options: ApiOptions, environment: Environment): Promise<Api> {
  return (await openApiAt(options, environment)).api;
}

/** The same, and where it is. */
export async function openApiAt(
  options: ApiOptions,
  environment: Environment,
): Promise<{ readonly api: Api; readonly base: URL }> {
  const given = options.api ?? variable(environment, 'GANTRY_API') ?? undefined;
  const token = await givenToken(options.tokenFile, environment);
  const kept = given === undefined || token === null ? await contextFor(options.context, environment) : null;
  const api = given ?? kept?.context.api;
  if (api === undefined)
    throw new GantryError(
      'unauthenticated',
      'You are not logged in: gantry login, or set GANTRY_API and GANTRY_TOKEN (or --api and --token-file).',
    );
  const base = apiUrl(api);
  const ofApi = kept && apiUrl(kept.context.api).href === base.href ? kept : null;
  const bearer = token === null ? bearerOf(ofApi, environment, base) : keyBearer(token);
  return { api: clientFor(base, bearer), base };
}

function bearerOf(kept: KeptContext | null, environment: Environment, base: URL): Bearer {
  const { key, session } = kept?.context ?? {};
  if (key !== undefined) return keyBearer(key);
  if (kept && session) return sessionBearer(session, kept.name, kept.file);
  const pipeline = pipelineBearer(environment, base.origin);
  if (pipeline) return pipeline;
  const advice = pipelineAdvice(environment);
  if (advice === null) return keyBearer(null);
  throw new GantryError('unauthenticated', `Nothing says who this pipeline is: ${advice}.`);
}

function keyBearer(text: string | null): Bearer {
  const token = checkToken(text);
  return async () => token;
}

/** Speaks to the API at `base` with this bearer; null: as nobody. */
export function clientFor(base: URL, bearer: Bearer | null): Api {
  return createClient<paths>({
    baseUrl: base.href,
    async fetch(request) {
      if (bearer) request.headers.set('authorization', `Bearer ${await bearer()}`);
      return send(request);
    },
  });
}

/** The address of an API, as somebody wrote it. Throws `invalid-config` for one that is none, or not to be trusted with a token. */
export function apiUrl(api: string): URL {
  const base = URL.canParse(api) ? new URL(api) : null;
  if (!base || !/^https?:$/.test(base.protocol) || base.username !== '' || base.password !== '')
    throw new GantryError('invalid-config', `--api ${JSON.stringify(api)} is no http or https URL.`);
  // Over plain HTTP anybody in between could read and use the token.
  if (base.protocol === 'http:' && !isLoopback(base.hostname))
    throw new GantryError(
      'invalid-config',
      `${base.origin} is not this machine: write https, a token is not sent in the clear.`,
    );
  return base;
}

async function givenToken(file: string | undefined, environment: Environment): Promise<string | null> {
  return file === undefined ? variable(environment, 'GANTRY_TOKEN') : readText(file, 'invalid-config');
}

/** The text of a file. Throws an error with `code` where it cannot be read. */
export function readText(file: string, code: ErrorCode): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new GantryError(code, `${file} cannot be read (${cause.code ?? cause.message}).`, { cause });
  });
}

/** Requests to this machine bypass any proxy of the environment, which Node can be configured to use. */
const direct = new Agent();
const past = (url: URL) => (isLoopback(url.hostname) ? { dispatcher: direct } : {});

/** Nothing listens on this machine: to repeat the request helps nobody. */
const adviceForDev =
  'is gantry dev running? Where it listens elsewhere by now, renew the login: gantry login NAME --dev --as SUBJECT';

async function send(request: Request): Promise<Response> {
  const { method, headers } = request;
  const url = new URL(request.url);
  const sent = await request.text();
  const ask = async (signal: AbortSignal) => {
    const answer = await fetch(url, {
      method,
      headers: Object.fromEntries(headers),
      ...(sent === '' ? {} : { body: sent }),
      redirect: 'error',
      signal,
      ...past(url),
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  const {
    status,
    headers: told,
    text,
  } = await withinLimit(callMs, ask, [request.signal]).catch((cause: Error) => {
    const why = cause.cause instanceof Error && 'code' in cause.cause ? String(cause.cause.code) : cause.message;
    const advice = why === 'ECONNREFUSED' && isLoopback(url.hostname) ? adviceForDev : undefined;
    throw new GantryError('not-ready', `Nothing answers at ${url.origin} (${why}).`, { cause, advice });
  });
  const body = parsed(text);
  if (status < 300 && (body !== undefined || told.get('content-type')?.startsWith('text/markdown')))
    return new Response(text, { headers: kept(told, 'content-type', versionHeader) });
  const problem = problemSchema.safeParse(body);
  if (!problem.success)
    throw new GantryError('not-ready', `${url.origin} answered ${status}, which is no answer of Gantry.`);
  const { code, detail, pointer, issues = [] } = problem.data;
  // What one version says another may not take, or not know.
  const other = status === 400 || !isErrorCode(code) ? await otherVersion(told) : null;
  throw new GantryError(codeOf(code), other === null ? detail : `${detail} ${other}`, {
    ...(pointer === undefined ? {} : { pointer }),
    issues: issues.map((issue) => ({ ...issue, code: codeOf(issue.code) })),
  });
}

/** Whether what a call has failed with is no answer of the API, nor of anything before it. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof GantryError && error.code === 'not-ready' && error.cause !== undefined;
}

/** Those of the headers that are there. */
function kept(headers: Pick<Headers, 'get'>, ...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
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
export async function answered<T>(
  call: Promise<{ readonly data?: T; readonly response?: Response }>,
  schema: z.ZodType,
): Promise<T> {
  const { data, response } = await call;
  const { error } = schema.safeParse(data);
  const isNewValue = (path: readonly PropertyKey[]) => typeof path.reduce(at, data) === 'string';
  if (
    data !== undefined &&
    (error?.issues ?? []).every(({ code, path }) => code === 'invalid_value' && isNewValue(path))
  )
    return data;
  const other = response && (await otherVersion(response.headers));
  throw new GantryError('internal', `The answer is not what this version of Gantry knows.${other ? ` ${other}` : ''}`, {
    cause: error,
  });
}

const at = (value: unknown, key: PropertyKey): unknown => Object(value)[key];
