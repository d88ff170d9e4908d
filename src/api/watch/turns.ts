/** Limits of a queue: how many wait in it, for how long (milliseconds), and what the others are refused with. */
export interface QueueLimits {
  readonly max: number;
  readonly patienceMs: number;
  readonly refusal: () => Error;
}

/** Runs at most `maxAtOnce` pieces of work at once; the others wait for their turn, first come, first served. */
export function createTurns(maxAtOnce: number, limits?: QueueLimits): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting = new Set<() => void>();
  const turn = () =>
    new Promise<void>((resolve, reject) => {
      if (limits && waiting.size >= limits.max) throw limits.refusal();
      const begin = () => {
        clearTimeout(timer);
        waiting.delete(begin);
        resolve();
      };
      const giveUp = () => {
        waiting.delete(begin);
        reject(limits?.refusal());
      };
      const timer = limits && setTimeout(giveUp, limits.patienceMs);
      waiting.add(begin);
    });
  return async (work) => {
    if (running >= maxAtOnce) await turn();
    else running += 1;
    try {
      return await work();
    } finally {
      const [next] = waiting;
      if (next) next();
      else running -= 1;
    }
  };
}
