/** Many deployments that one strike is to serve: each waits at a gate until all do, then at its point until all do. */
export interface Gathering {
  /** Comes to its gate, where waiting costs nothing; resolves once all go on to their points. */
  atGate(): Promise<void>;
  /** Comes to its point; resolves once the strike was made. */
  atPoint(): Promise<void>;
  /** Whether they are on their way from the gates to their points. */
  isOpen(): boolean;
}

export interface GatheringOptions {
  readonly expected: number;
  /** So long nobody new has come to a gate, in milliseconds: then those that have go on. */
  readonly gateMs: number;
  /** The first one that comes to its point waits at most so long for the others, in milliseconds: less than an attempt may take. */
  readonly pointMs: number;
  /** Made once, however many have come. */
  readonly strike: () => Promise<void>;
}

export function gather({ expected, gateMs, pointMs, strike }: GatheringOptions): Gathering {
  const gates = meeting(expected);
  const points = meeting(expected);
  let phase: 'coming' | 'open' | 'struck' = 'coming';
  let quiet: NodeJS.Timeout | undefined;
  const go = gates.done.then(() => {
    clearTimeout(quiet);
    phase = 'open';
  });
  const struck = points.done.then(() => {
    phase = 'struck';
    return strike();
  });
  return {
    async atGate() {
      clearTimeout(quiet);
      quiet = setTimeout(gates.end, gateMs);
      gates.come();
      await go;
    },
    async atPoint() {
      if (points.come() === 1) setTimeout(points.end, pointMs);
      await struck;
    },
    isOpen: () => phase === 'open',
  };
}

/** Done once so many have come, or when it is ended. */
function meeting(expected: number) {
  const { promise: done, resolve: end } = withResolvers();
  let come = 0;
  return {
    done,
    end,
    come() {
      come += 1;
      if (come >= expected) end();
      return come;
    },
  };
}

function withResolvers() {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
