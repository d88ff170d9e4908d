export interface Repeated {
  /** Resolves once what is under way has ended. */
  readonly stop: () => Promise<void>;
}

/** Does something every so often, one at a time, and keeps no process for it. `work` never rejects. */
export function repeat(everyMs: number, work: () => Promise<void>): Repeated {
  let last: Promise<void> = Promise.resolve();
  let isAtWork = false;
  const timer = setInterval(() => {
    if (isAtWork) return;
    isAtWork = true;
    last = work().finally(() => {
      isAtWork = false;
    });
  }, everyMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await last;
    },
  };
}
