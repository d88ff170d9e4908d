/**
 * Work that many want and one run serves. Whoever asks while one is under way gets the run after it, which begins later
 * than they asked, and shares it with everybody else who asked meanwhile: there is never more than one at a time.
 */
export function sharedRun<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  let next: Promise<T> | null = null;
  const begin = (): Promise<T> => {
    const run = work().finally(() => {
      if (running === run) running = null;
    });
    running = run;
    return run;
  };
  return () => {
    if (!running) return begin();
    const afterIt = () => {
      next = null;
      return begin();
    };
    next ??= running.then(afterIt, afterIt);
    return next;
  };
}

/** The same for work on many things, each by its key; nothing is kept of what nobody waits for. */
export function sharedRuns<T>(): (key: string, work: () => Promise<T>) => Promise<T> {
  const runs = new Map<string, { readonly run: () => Promise<T>; waiting: number }>();
  return async (key, work) => {
    const shared = runs.get(key) ?? { run: sharedRun(work), waiting: 0 };
    runs.set(key, shared);
    shared.waiting += 1;
    try {
      return await shared.run();
    } finally {
      shared.waiting -= 1;
      if (shared.waiting === 0) runs.delete(key);
    }
  };
}
