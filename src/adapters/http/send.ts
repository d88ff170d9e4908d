import { createHash } from 'node:crypto';
import { Agent, buildConnector, request } from 'undici';
import type { AdapterContext, Json } from '../../domain/adapters.ts';
import { formatDuration } from '../../domain/duration.ts';
import { GantryError } from '../../domain/errors.ts';
import { holdSignal, untilAborted } from '../../time-limit.ts';
import { literal } from '../secrets.ts';
import { checkHost, guardedLookup } from './addresses.ts';

/** An answer is read up to this many bytes: 1 MiB. */
export const answerLimitBytes = 1024 * 1024;

export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Json | undefined;
}

export interface Answer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
  /** There was more than 1 MiB; `body` holds the beginning. */
  readonly isTooLarge: boolean;
  readonly digest: string;
  readonly ms: number;
}

/** `before`: nothing was sent. `after`: the other side may have had all of it. */
export interface NoAnswer {
  readonly kind: 'no-answer';
  readonly why: 'refused' | 'unreachable' | 'cut' | 'timeout' | 'cancelled' | 'address-refused';
  readonly sent: 'before' | 'after';
  readonly summary: string;
  /** Of an answer that began but never came to its end. */
  readonly headers?: Answer['headers'];
}

/**
 * Sends one request on a connection of its own: no redirects are followed, the connected address is judged, at most
 * 1 MiB is read, and it is over at the time limit. Throws `secret-missing`.
 */
export async function send(
  { url, method, headers = {}, body }: HttpRequest,
  { signal, timeoutMs, secrets, identity }: AdapterContext,
): Promise<Answer | NoAnswer> {
  const own = await Promise.all(
    Object.entries(headers).map(async ([name, value]) => [name, await secrets.expand(value)] as const),
  );
  const isText = typeof body === 'string';
  const payload = body === undefined ? null : isText ? literal(body) : JSON.stringify(literal(body));
  const allHeaders = {
    'user-agent': 'gantry',
    ...(payload === null ? {} : { 'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json' }),
    ...Object.fromEntries(own.map(([name, value]) => [name.toLowerCase(), value])),
    'gantry-deployment': identity.deployment,
    'gantry-fence': String(identity.fence),
    'gantry-step': identity.step,
    'gantry-step-key': identity.stepKey,
    'idempotency-key': identity.stepKey,
  };
  const connect = buildConnector({ lookup: guardedLookup, timeout: timeoutMs });
  let isConnected = false;
  let heard: Answer['headers'] | undefined;
  const agent = new Agent({
    // Until there is a connection, TLS included, nothing was sent.
    connect: (options, done) =>
      connect(options, (...result) => {
        isConnected = result[0] === null;
        done(...result);
      }),
    connections: 1,
    pipelining: 0,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const began = performance.now();
  const exchange = async (stop: AbortSignal): Promise<Answer> => {
    const to = new URL(literal(url));
    checkHost(to.hostname);
    const answer = await request(to, {
      method: method as 'GET',
      headers: allHeaders,
      body: payload,
      dispatcher: agent,
      signal: stop,
    });
    heard = answer.headers;
    const read = await readUpTo(answer.body, answerLimitBytes);
    return {
      kind: 'answer',
      status: answer.statusCode,
      headers: answer.headers,
      ...read,
      digest: `sha256:${createHash('sha256').update(read.body).digest('hex')}`,
      ms: Math.round(performance.now() - began),
    };
  };
  const limit = holdSignal([signal], timeoutMs);
  try {
    // A request that has no connection yet does not hear of its signal.
    return await Promise.race([exchange(limit.signal), untilAborted(limit.signal)]);
  } catch (error) {
    const why = explain(error, { isCancelled: signal.aborted, isOverdue: limit.isOverdue(), timeoutMs, isConnected });
    return heard ? { ...why, headers: heard } : why;
  } finally {
    limit.release();
    await agent.destroy();
  }
}

async function readUpTo(stream: AsyncIterable<Buffer>, limit: number) {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    chunks.push(chunk.subarray(0, limit - bytes));
    bytes += chunk.length;
    if (bytes > limit) return { body: Buffer.concat(chunks), isTooLarge: true };
  }
  return { body: Buffer.concat(chunks), isTooLarge: false };
}

interface Circumstances {
  readonly isCancelled: boolean;
  readonly isOverdue: boolean;
  readonly timeoutMs: number;
  readonly isConnected: boolean;
}

function explain(error: unknown, { isCancelled, isOverdue, timeoutMs, isConnected }: Circumstances): NoAnswer {
  const no = (why: NoAnswer['why'], summary: string): NoAnswer => ({
    kind: 'no-answer',
    why,
    sent: isConnected ? 'after' : 'before',
    summary,
  });
  const code = codeOf(error);
  if (isCancelled) return no('cancelled', 'cancelled');
  if (error instanceof GantryError || (error as { code?: unknown }).code === 'address-refused')
    return no('address-refused', 'address refused: link-local or metadata');
  if (isOverdue || code === 'UND_ERR_CONNECT_TIMEOUT')
    return no('timeout', `no ${isConnected ? 'answer' : 'connection'} within ${formatDuration(timeoutMs)}`);
  if (isConnected) return no('cut', `the connection was cut (${code})`);
  if (code === 'ECONNREFUSED') return no('refused', 'connection refused');
  if (code === 'UND_ERR_INVALID_ARG') return no('unreachable', 'the request is none that HTTP allows');
  const isTls = /CERT|TLS|SSL|EPROTO|SELF_SIGNED|ALTNAME|SIGNATURE/.test(code);
  return no('unreachable', `${isTls ? 'TLS failed' : 'not reachable'} (${code})`);
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error instanceof AggregateError && error.errors[0] !== undefined) return codeOf(error.errors[0]);
  const { code } = error as NodeJS.ErrnoException;
  return code ?? (error.cause === undefined ? error.name : codeOf(error.cause));
}
