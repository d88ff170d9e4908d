import { once } from 'node:events';
import { createServer } from 'node:net';

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** The first of `count` free ports in a row: those that are wanted, or others below the range the kernel gives out. */
export async function portsInARow(wanted: number, count: number): Promise<number> {
  for (let first = wanted; ; first = 20_000 + count * Math.floor(Math.random() * 4_000)) {
    const row = await Promise.all(Array.from({ length: count }, (_, i) => isFree(first + i)));
    if (row.every(Boolean)) return first;
  }
}
