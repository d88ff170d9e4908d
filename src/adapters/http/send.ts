import type { Json } from '../../domain/base/json.ts';
import type { AdapterContext, SecretReader } from '../../domain/kinds/adapter.ts';
import { literal } from '../secrets.ts';
import { answerLimitBytes } from './answer-limit.ts';
import { type Answer, exchange, type NoAnswer } from './exchange.ts';
import { ownHeaders } from './own-headers.ts';

export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Json | undefined;
}

/** Headers with their secrets filled in, by their names in lower case. Throws `secret-missing`. */
export async function headersFrom(
  written: Readonly<Record<string, string>>,
  secrets: SecretReader,
): Promise<Readonly<Record<string, string>>> {
  const expanded = Object.entries(written).map(
    async ([name, value]) => [name.toLowerCase(), await secrets.expand(value)] as const,
  );
  return Object.fromEntries(await Promise.all(expanded));
}

/**
 * Sends one request of a step or check: no refused addresses, at most 1 MiB read, over at the time limit.
 * Throws `secret-missing`.
 */
export async function send(
  { url, method, headers = {}, body }: HttpRequest,
  { signal, timeoutMs, secrets, identity }: AdapterContext,
): Promise<Answer | NoAnswer> {
  const isText = typeof body === 'string';
  const payload = body === undefined ? null : isText ? literal(body) : JSON.stringify(literal(body));
  const allHeaders = {
    'user-agent': 'gantry',
    ...(payload === null ? {} : { 'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json' }),
    ...(await headersFrom(headers, secrets)),
    ...ownHeaders(identity),
  };
  return exchange(
    { url: literal(url), method, headers: allHeaders, body: payload },
    { signal, timeoutMs, limitBytes: answerLimitBytes },
  );
}
