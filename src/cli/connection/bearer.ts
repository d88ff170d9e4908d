import { z } from 'zod';
import { GantryError } from '../../domain/base/errors.ts';
import { isLoopback } from '../../system/loopback.ts';
import { withinLimit } from '../../system/time-limit.ts';
import type { Environment } from '../environment.ts';

/** What a request is sent with; made anew where it is near its end. */
export type Bearer = () => Promise<string>;

/** A token is replaced so long before its end, in milliseconds: a request may wait for a minute. */
export const aheadMs = 90_000;

/** A CI answers within this time, in milliseconds. */
const askMs = 15_000;

/** The variables by which a CI tells a job who it is. Whoever has them can speak for it. */
export const pipelineVariables = [
  'GANTRY_ID_TOKEN',
  'ACTIONS_ID_TOKEN_REQUEST_URL',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
] as const;

/**
 * Who the pipeline is that this process runs in, by its CI: a token for `audience` of GitHub Actions (a job with
 * `permissions: { id-token: write }`), or the one that GitLab CI has made for the job (`id_tokens: GANTRY_ID_TOKEN`).
 * Null where there is none. The bearer throws `identity-unavailable`.
 */
export function pipelineBearer(environment: Environment, audience: string): Bearer | null {
  const given = environment['GANTRY_ID_TOKEN'];
  if (given !== undefined && given !== '') return async () => checkToken(given);
  const url = environment['ACTIONS_ID_TOKEN_REQUEST_URL'];
  const secret = environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN'];
  if (!url || !secret) return null;
  return renewed(() => askGitHub(url, secret, audience));
}

/** What a pipeline without a token has to write to get one; null: this is none. */
export function pipelineAdvice(environment: Environment): string | null {
  if (environment['GITHUB_ACTIONS'] === 'true') return 'give the job `permissions: { id-token: write }`';
  if (environment['GITLAB_CI'] === 'true')
    return 'give the job `id_tokens: { GANTRY_ID_TOKEN: { aud: <the address of the API> } }`';
  return null;
}

/** Keeps a token, and asks for another when it is near its end. */
function renewed(ask: () => Promise<string>): Bearer {
  let known: { readonly token: string; readonly endsAt: number } | null = null;
  return async () => {
    if (known && Date.now() < known.endsAt - aheadMs) return known.token;
    const token = await ask();
    known = { token, endsAt: endOf(token) };
    return token;
  };
}

async function askGitHub(url: string, secret: string, audience: string): Promise<string> {
  const asked = URL.canParse(url) ? new URL(url) : null;
  if (!asked || (asked.protocol !== 'https:' && !isLoopback(asked.hostname)))
    throw unavailable(new Error('ACTIONS_ID_TOKEN_REQUEST_URL is no https address'));
  asked.searchParams.set('audience', audience);
  const headers = { authorization: `Bearer ${secret}`, accept: 'application/json' };
  const answer = await withinLimit(askMs, async (signal) => {
    const response = await fetch(asked, { headers, redirect: 'error', signal });
    if (!response.ok) throw new Error(`it answers ${response.status}`);
    const body: unknown = await response.json();
    return body;
  }).catch((cause: unknown) => {
    throw unavailable(cause);
  });
  const read = z.object({ value: z.string().min(1) }).safeParse(answer);
  if (!read.success) throw unavailable(new Error('it answers with none'));
  return checkToken(read.data.value);
}

function unavailable(cause: unknown): GantryError {
  const why = cause instanceof Error ? ` (${cause.message})` : '';
  return new GantryError('identity-unavailable', `The CI gives no token for this run${why}.`, { cause });
}

/** A token without the white space around it. Throws `unauthenticated` where it is absent, or cannot be one. */
export function checkToken(text: string | null): string {
  const token = text?.trim() ?? '';
  if (/^[A-Za-z0-9._~+/=-]{20,8192}$/.test(token)) return token;
  // What is wrong with it is not said: it may be a secret all the same.
  throw new GantryError(
    'unauthenticated',
    'There is no key to speak with: gantry login, name a file (--token-file), or set GANTRY_TOKEN.',
  );
}

/** When a token ends, in milliseconds since the epoch; at once where it does not say. */
export function endOf(token: string): number {
  try {
    const [, payload = ''] = token.split('.');
    const { exp }: { exp?: unknown } = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return typeof exp === 'number' ? exp * 1_000 : 0;
  } catch {
    return 0;
  }
}
