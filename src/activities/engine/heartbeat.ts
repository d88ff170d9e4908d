import { Context } from '@temporalio/activity';
import { GantryError } from '../../domain/base/errors.ts';

/** How often a running effect sends a heartbeat, in milliseconds; a cancellation comes back on it. */
const beatMs = 50;

/** Runs `work` with heartbeats, which keep the attempt alive and bring cancellations; `signal` is aborted by one. */
export async function whileBeating<T>(work: (signal: AbortSignal) => Promise<T>, everyMs = beatMs): Promise<T> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), everyMs);
  try {
    return await work(context.cancellationSignal);
  } finally {
    clearInterval(beat);
  }
}

/** For what changes nothing: a worker that shuts down has not seen the end of it, so another worker repeats it. */
export function throwIfShutDown(signal: AbortSignal): void {
  if (wasAborted(signal, 'WORKER_SHUTDOWN'))
    throw new GantryError('lost-attempt', 'The worker shut down in the middle of it.');
}

/** Whether the workflow has asked an attempt to end: not a worker that shuts down, nor Temporal, which counts on it no more. */
export const isAskedFor = (signal: AbortSignal) => wasAborted(signal, 'CANCELLED');

function wasAborted({ aborted, reason }: AbortSignal, by: string): boolean {
  return aborted && reason instanceof Error && reason.message === by;
}
