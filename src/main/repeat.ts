export interface Repeated {
  /** Resolves once what is under way has ended. */
  readonly stop: () => Promise<void>;
}

/** Does something every so often, one at a time, and keeps no process for it. `work` never rejects. */
export function repeat(everyMs: number, work: () => Promise<void>, { atOnce = false } = {}): Repeated {
  let last: Promise<void> = Promise.resolve();
  let isAtWork = false;
  const begin = () => {
    if (isAtWork) return;
    isAtWork = true;
    last = work().finally(() => {
      isAtWork = false;
    });
  };
  const timer = setInterval(begin, everyMs);
  timer.unref();
  if (atOnce) begin();
  return {
    async stop() {
      clearInterval(timer);
      await last;
    },
  };
}

/** Does `work`, and logs why it failed: once, until it succeeds or fails for another reason. Never rejects. */
export function loggedOnce(
  work: () => Promise<unknown>,
  inWords: (error: unknown) => string,
  log: (line: string) => void,
): () => Promise<void> {
  let fault: string | null = null;
  return async () => {
    try {
      await work();
      fault = null;
    } catch (error) {
      const why = inWords(error);
      if (why !== fault) log(why);
      fault = why;
    }
  };
}
