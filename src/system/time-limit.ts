import { setTimeout as delay } from 'node:timers/promises';

/** What a timer can count to, in milliseconds: beyond it Node fires at once. */
const maxMs = 2 ** 31 - 1;

export type HeldSignal = ReturnType<typeof holdSignal>;

/**
 * One signal out of a limit in time and others. Timer and listeners are held until `release`: on Node 20 the garbage
 * collector takes the platform's own `AbortSignal.timeout` out of an `AbortSignal.any`, and such a limit never comes.
 */
export function holdSignal(others: readonly AbortSignal[], limitMs?: number) {
  const controller = new AbortController();
  let isOverdue = false;
  const pass = ({ target }: Event) => end((target as AbortSignal).reason);
  /** Lets go of timer and listeners; nothing aborts the signal any more. */
  const release = () => {
    clearTimeout(timer);
    for (const other of others) other.removeEventListener('abort', pass);
  };
  const end = (reason: unknown) => {
    release();
    controller.abort(reason);
  };
  const timer =
    limitMs === undefined
      ? undefined
      : setTimeout(
          () => {
            isOverdue = true;
            end(new DOMException(`over after ${limitMs} ms`, 'TimeoutError'));
          },
          Math.min(limitMs, maxMs),
        );
  for (const other of others) other.addEventListener('abort', pass, { once: true });
  const already = others.find(({ aborted }) => aborted);
  if (already) end(already.reason);
  return {
    /** Aborted by the limit or by the first of the signals it stands on. */
    signal: controller.signal,
    /** Whether it was the limit that came first. */
    isOverdue: () => isOverdue,
    release,
  };
}

/**
 * Runs `work` with a signal that is aborted after `limitMs`, or with `others`. Rejects then whether or not the work
 * obeys it: `fetch` holds on to its signal no better than the platform does.
 */
export async function withinLimit<T>(
  limitMs: number,
  work: (signal: AbortSignal) => Promise<T>,
  others: readonly AbortSignal[] = [],
): Promise<T> {
  const held = holdSignal(others, limitMs);
  try {
    return await Promise.race([work(held.signal), untilAborted(held.signal)]);
  } finally {
    held.release();
  }
}

/** Rejects with the signal's reason as soon as that is aborted; for races with work that may ignore it. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  aborted.catch(() => undefined);
  return aborted;
}

/** What work comes to, or `otherwise` where that takes longer than `ms`. The work goes on; the wait keeps no process. */
export function orAfter<T, U>(ms: number, work: Promise<T>, otherwise: U): Promise<T | U> {
  return Promise.race([work, delay(ms, otherwise, { ref: false })]);
}
