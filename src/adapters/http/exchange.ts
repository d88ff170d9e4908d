import { createHash } from 'node:crypto';
import { Agent, buildConnector, request } from 'undici';
import { formatDuration } from '../../domain/base/duration.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { holdSignal, untilAborted } from '../../system/time-limit.ts';
import { readUpTo } from './answer-limit.ts';
import { addressRefused, checkHost, guardedLookup } from './refused-addresses.ts';

/** One request as it goes over the wire. */
export interface PlainRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface Bounds {
  /** Aborted when the attempt must stop at once. */
  readonly signal: AbortSignal;
  /** How long it may take at most, in milliseconds. */
  readonly timeoutMs: number;
  /** How much of an answer is read at most. */
  readonly limitBytes: number;
}

export interface Answer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
  /** There was more than may be read; `body` holds the beginning. */
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
  readonly status?: number;
}

/**
 * Sends one request on a connection of its own: no redirects are followed, the connected address is evaluated, no more than
 * the limit is read, and it is over at the time limit.
 */
export async function exchange(
  { url, method, headers, body }: PlainRequest,
  { signal, timeoutMs, limitBytes }: Bounds,
): Promise<Answer | NoAnswer> {
  const connect = buildConnector({ lookup: guardedLookup, timeout: timeoutMs });
  let isConnected = false;
  let answered: Pick<Answer, 'headers' | 'status'> | undefined;
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
  const ask = async (stop: AbortSignal): Promise<Answer> => {
    const to = new URL(url);
    checkHost(to.hostname);
    const about = { method: method as 'GET', headers, body };
    const answer = await request(to, { ...about, dispatcher: agent, signal: stop });
    answered = { headers: answer.headers, status: answer.statusCode };
    const read = await readUpTo(answer.body, limitBytes);
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
    // A request without a connection ignores its signal.
    return await Promise.race([ask(limit.signal), untilAborted(limit.signal)]);
  } catch (error) {
    const why = explain(error, { isCancelled: signal.aborted, isOverdue: limit.isOverdue(), timeoutMs, isConnected });
    return answered ? { ...why, ...answered } : why;
  } finally {
    limit.release();
    await agent.destroy();
  }
}

interface Circumstances {
  readonly isCancelled: boolean;
  readonly isOverdue: boolean;
  readonly timeoutMs: number;
  readonly isConnected: boolean;
}

function explain(error: unknown, { isCancelled, isOverdue, timeoutMs, isConnected }: Circumstances): NoAnswer {
  const sent = isConnected ? 'after' : 'before';
  const no = (why: NoAnswer['why'], summary: string): NoAnswer => ({ kind: 'no-answer', why, sent, summary });
  const code = codeOf(error);
  if (isCancelled) return no('cancelled', 'cancelled');
  if (error instanceof GantryError || (error as { code?: unknown }).code === 'address-refused')
    return no('address-refused', addressRefused);
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
