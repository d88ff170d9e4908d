/**
 * Work with one run at a time. A call during a run gets the next run, which begins after the call, and shares it with all
 * other calls made meanwhile.
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

/** The same for each key; a key is forgotten once no call waits for it. */
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
