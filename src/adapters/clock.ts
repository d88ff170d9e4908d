import { setTimeout as delay } from 'node:timers/promises';

/** The worker's clock, as journals show it. */
export function now(): string {
  return new Date().toISOString();
}

/** Resolves after `ms`, or as soon as `signal` is aborted; never rejects. */
export async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { signal }).catch(() => undefined);
}
