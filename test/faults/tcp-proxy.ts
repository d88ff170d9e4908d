import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to somewhere else that can be cut, closed, or made to say nothing. */
export interface TcpProxy {
  readonly port: number;
  /** Ends every connection there is. New ones are taken. */
  cut(): void;
  /** Ends every connection and refuses new ones, until {@link open}. */
  refuse(): void;
  /** Connections stay, and new ones are taken; nothing passes, until {@link open}. */
  hang(): void;
  /**
   * Nothing passes on that side any more, and what would have is lost; resolves when that happens first. To be followed by
   * the end of whoever asks, then {@link open}. `from`: only once a question has gone through that holds these bytes.
   */
  lose(side: 'questions' | 'answers', from?: Buffer): Promise<void>;
  open(): void;
  close(): Promise<void>;
}

export async function startTcpProxy(to: () => number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isHanging = false;
  let isRefusing = false;
  let losing: {
    readonly side: 'questions' | 'answers';
    readonly tell: () => void;
    /** Seen yet; null: nothing has to be. */
    from: Buffer | null;
  } | null = null;
  const server = createServer((near) => {
    if (isRefusing) return void near.resetAndDestroy();
    const far = connect({ host: '127.0.0.1', port: to() });
    const pair = [near, far] as const;
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const [from, into] of [pair, [far, near] as const]) {
      from.setNoDelay(true);
      from.on('error', end);
      from.on('close', end);
      from.on('data', (chunk: Buffer) => {
        const side = from === near ? 'questions' : 'answers';
        if (losing?.side === side && losing.from === null) return losing.tell();
        if (losing?.from && side === 'questions' && chunk.includes(losing.from)) losing.from = null;
        if (!into.write(chunk)) from.pause();
      });
      into.on('drain', () => {
        if (!isHanging) from.resume();
      });
      from.on('end', () => into.end());
      if (isHanging) from.pause();
    }
  });
  const cut = () => {
    for (const [near] of pairs) near.resetAndDestroy();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    refuse() {
      isRefusing = true;
      cut();
    },
    hang() {
      isHanging = true;
      for (const sockets of pairs) for (const socket of sockets) socket.pause();
    },
    lose: (side, from) =>
      new Promise((resolve) => {
        losing = { side, tell: resolve, from: from ?? null };
      }),
    open() {
      losing = null;
      isHanging = false;
      isRefusing = false;
      for (const sockets of pairs) for (const socket of sockets) socket.resume();
    },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
