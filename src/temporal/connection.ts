import { setTimeout as delay } from 'node:timers/promises';
import {
  Client,
  type ClientOptions,
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  QueryNotRegisteredError,
  type TLSConfig,
  type WorkflowClientInterceptor,
} from '@temporalio/client';
import { GantryError } from '../domain/base/errors.ts';
import { aheadOfTask } from '../domain/messages/messages.ts';
import { cancelOnceClosed } from './closed-channel.ts';
import { hasGrpcCode } from './grpc-codes.ts';
import { channelArgs } from './proxy.ts';

export interface TemporalEndpoint {
  /** `host:port` of the frontend. */
  readonly address: string;
  readonly namespace: string;
  /** Absent or `false`: no TLS. */
  readonly tls?: TLSConfig | boolean | undefined;
  readonly apiKey?: string | undefined;
}

export type TemporalConnection = Awaited<ReturnType<typeof connect>>;

/** A server that does not answer for this long counts as unavailable: the caller gets an error, and may repeat. */
export const connectTimeoutMs = 5_000;
/**
 * What the server refuses for a moment is tried again, at first after about twice `initialIntervalMs`. By default the SDK
 * waits 1.7 s and 2.9 s when a limit is exceeded: two tries in the 5 s that a caller of ours has, so that most of a burst
 * of messages to one workflow, which takes 10 at once, failed with "Temporal does not answer".
 */
const retry = defaultGrpcRetryOptions({ initialIntervalMs: () => 50, maxIntervalMs: () => 500 });
/**
 * How long a client waits before it reconnects to a server that was not there. By default gRPC waits longer each time, at
 * last two minutes: after an outage the server would serve, and we would still answer that it does not.
 */
const reconnect = { 'grpc.initial_reconnect_backoff_ms': 250, 'grpc.max_reconnect_backoff_ms': 1_000 };

/**
 * Connects a client and makes sure that the namespace is there.
 * Throws `engine-unavailable` when the server does not answer within 5 s, `invalid-config` when it lacks the namespace.
 */
export async function connect(
  endpoint: TemporalEndpoint,
  clientOptions: Omit<ClientOptions, 'connection' | 'namespace' | 'interceptors'> = {},
) {
  const connection = Connection.lazy({
    ...transport(endpoint),
    channelArgs: { ...channelArgs(endpoint.address), ...reconnect },
    connectTimeout: connectTimeoutMs,
    interceptors: [makeGrpcRetryInterceptor(retry), cancelOnceClosed],
  });
  try {
    const deadline = Date.now() + connectTimeoutMs;
    await connection.ensureConnected();
    await connection.withDeadline(deadline, () =>
      connection.workflowService.describeNamespace({ namespace: endpoint.namespace }),
    );
  } catch (error) {
    await connection.close();
    throw explain(error, endpoint);
  }
  const interceptors = { workflow: [askAgain] };
  const client = new Client({ ...clientOptions, interceptors, connection, namespace: endpoint.namespace });
  return { client, connection, close: () => connection.close() };
}

/** How either kind of connection reaches a server. */
export function transport({ address, tls, apiKey }: TemporalEndpoint) {
  return { address, tls: tls ?? false, ...(apiKey === undefined ? {} : { apiKey }) };
}

/** Why there is no connection, as a GantryError. */
export function explain(error: unknown, endpoint: TemporalEndpoint): GantryError {
  if (!hasGrpcCode(error, 'not-found')) return unavailable(endpoint, error);
  return new GantryError('invalid-config', `Temporal at ${endpoint.address} has no namespace "${endpoint.namespace}"`, {
    cause: error,
  });
}

/** The error for a server that does not answer, with the reason where there is one. */
export function unavailable({ address }: TemporalEndpoint, cause: unknown): GantryError {
  const seconds = connectTimeoutMs / 1_000;
  // The SDK says "failed to connect"; the reason is its cause.
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const because = reason instanceof Error ? `: ${reason.message}` : ` within ${seconds} s`;
  return new GantryError('engine-unavailable', `Temporal at ${address} does not answer${because}`, { cause });
}

const pauseMs = 50;
/** By then the workflow task that the query came before has been begun, or there is no worker again. */
const tries = 20;

/** Asks a workflow again whose worker had not come to the task that the query follows on. */
const askAgain: WorkflowClientInterceptor = {
  async query(input, next) {
    for (let left = tries; ; left -= 1) {
      try {
        return await next(input);
      } catch (error) {
        if (left === 1 || !(error instanceof QueryNotRegisteredError && error.message.includes(aheadOfTask)))
          throw error;
      }
      await delay(pauseMs);
    }
  },
};
