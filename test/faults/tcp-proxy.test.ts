import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

let echo: Server;
let heard: string;
let proxy: TcpProxy;
const inside = new Set<Socket>();
beforeEach(async () => {
  heard = '';
  echo = createServer((socket) => {
    inside.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      socket.write(chunk);
    });
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  proxy = await startTcpProxy(() => (echo.address() as AddressInfo).port);
});
afterEach(async () => {
  await proxy.close();
  for (const socket of inside) socket.destroy();
  await new Promise((resolve) => echo.close(resolve));
});

function knock(): Socket {
  const socket = connect({ host: '127.0.0.1', port: proxy.port });
  socket.on('error', () => undefined);
  return socket;
}

async function open(): Promise<Socket> {
  const socket = knock();
  await once(socket, 'connect');
  return socket;
}

const gone = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));

/** Says something and answers what came back. */
async function say(socket: Socket, text: string): Promise<string> {
  const back = once(socket, 'data') as Promise<[Buffer]>;
  socket.write(text);
  return (await back)[0].toString();
}

describe('a proxy', () => {
  it('lets everything pass, both ways', async () => {
    expect(await say(await open(), 'hello')).toBe('hello');
  });

  it('that cuts ends every connection and takes new ones', async () => {
    const socket = await open();
    await say(socket, 'hello');
    const closed = gone(socket);
    proxy.cut();
    await closed;
    expect(await say(await open(), 'again')).toBe('again');
  });

  it('that refuses takes none until it is opened', async () => {
    proxy.refuse();
    await gone(knock());
    expect(heard).toBe('');
    proxy.open();
    expect(await say(await open(), 'again')).toBe('again');
  });

  it('that hangs lets nothing pass, and then all that came meanwhile', async () => {
    const [before, other] = [await open(), await open()];
    await say(before, 'a');
    proxy.hang();
    const during = await open();
    const answers = [say(before, 'b'), say(during, 'c')];
    // What the other side was told would have come by now, as this round trip shows.
    const direct = connect({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
    expect(await say(direct, '!')).toBe('!');
    expect(heard).toBe('a!');
    proxy.open();
    expect((await Promise.all(answers)).sort()).toEqual(['b', 'c']);
    for (const socket of [direct, other]) socket.destroy();
  });

  it('that loses answers from a question on answers those before it', async () => {
    const socket = await open();
    const lost = proxy.lose('answers', Buffer.from('the one'));
    expect(await say(socket, 'hello')).toBe('hello');
    socket.write('now the one');
    await lost;
    expect(heard).toBe('hellonow the one');
    proxy.open();
    expect(await say(socket, 'again')).toBe('again');
  });

  it.each(['questions', 'answers'] as const)('that loses %s says so once the first one is lost', async (side) => {
    const socket = await open();
    await say(socket, 'a');
    const lost = proxy.lose(side);
    socket.write('b');
    await lost;
    const direct = connect({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
    expect(await say(direct, '!')).toBe('!');
    expect(heard).toBe(side === 'questions' ? 'a!' : 'ab!');
    proxy.open();
    expect(await say(await open(), 'c')).toBe('c');
    for (const one of [socket, direct]) one.destroy();
  });
});
