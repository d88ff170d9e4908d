import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { messageOf } from '../../domain/base/errors.ts';
import { hasGrpcCode } from '../grpc-codes.ts';
import { channelArgs } from '../proxy.ts';

const callMs = 1_000;
const lookAgainMs = 50;

/** What is asked of a server to know whether it serves. */
export interface Asked {
  describeNamespace(request: { readonly namespace: string }): Promise<unknown>;
  describeWorkflowExecution(request: {
    readonly namespace: string;
    readonly execution: { readonly workflowId: string };
  }): Promise<unknown>;
}

export interface ServingLimits {
  readonly everyMs: number;
  /** An answer that comes later is a bad one. */
  readonly answerMs: number;
  /** After so many bad answers in a row it counts as not serving. */
  readonly badAnswers: number;
}

/**
 * Resolves to `true` once the server knows the namespace and answers for a workflow of it, to `false` when the signal
 * fires before.
 */
export function answersBefore(address: string, namespace: string, signal: AbortSignal): Promise<boolean> {
  return asking(address, namespace, callMs, async (ask) => {
    while (!signal.aborted) {
      if ((await ask()) === null) return true;
      await delay(lookAgainMs);
    }
    return false;
  });
}

/**
 * Asks a server now and then whether it serves. Resolves to its last answer once that was bad several times in a row, to
 * `null` when the signal fires before.
 */
export function untilItFails(
  address: string,
  namespace: string,
  limits: ServingLimits,
  signal: AbortSignal,
): Promise<string | null> {
  return asking(address, namespace, limits.answerMs, (ask) => untilBad(ask, limits, signal));
}

/** The same for any question, which is answered with what is wrong, or with `null`. */
export async function untilBad(
  question: () => Promise<string | null>,
  { everyMs, badAnswers }: Omit<ServingLimits, 'answerMs'>,
  signal: AbortSignal,
): Promise<string | null> {
  for (let bad = 0; ; ) {
    await delay(everyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return null;
    const fault = await question();
    if (signal.aborted) return null;
    bad = fault === null ? 0 : bad + 1;
    if (fault !== null && bad >= badAnswers) return fault;
  }
}

/**
 * What is wrong with a server, `null` where nothing is. Its frontend answers before the service behind it that keeps the
 * histories, and goes on doing so when that one is stuck ("shard status unknown"): it must say "not found" of a workflow.
 */
export async function whyItDoesNotServe(asked: Asked, namespace: string): Promise<string | null> {
  const good = () => null;
  const fault = await asked.describeNamespace({ namespace }).then(good, messageOf);
  if (fault !== null) return fault;
  return asked
    .describeWorkflowExecution({ namespace, execution: { workflowId: 'gantry-readiness' } })
    .then(good, (error: unknown) => (hasGrpcCode(error, 'not-found') ? null : messageOf(error)));
}

/** Works with a connection of its own, by which a server is asked what is wrong with it, each time within `limitMs`. */
async function asking<T>(
  address: string,
  namespace: string,
  limitMs: number,
  work: (ask: () => Promise<string | null>) => Promise<T>,
): Promise<T> {
  const connection = Connection.lazy({
    address,
    // No retries inside a question, and no pause of a second after a refused connection: we ask again ourselves, soon.
    interceptors: [],
    channelArgs: {
      ...channelArgs(address),
      'grpc.initial_reconnect_backoff_ms': lookAgainMs,
      'grpc.max_reconnect_backoff_ms': lookAgainMs,
    },
  });
  const ask = () => whyItDoesNotServe(connection.workflowService, namespace);
  try {
    return await work(() => connection.withDeadline(Date.now() + limitMs, ask));
  } finally {
    await connection.close();
  }
}
