/** The worker's clock, as journals show it. */
export function now(): string {
  return new Date().toISOString();
}

/** Resolves after `ms`, or as soon as `signal` is aborted; never rejects. */
export function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || ms <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
