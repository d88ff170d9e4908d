import { createServer, type Server } from 'node:net';
import { GantryError } from '../../domain/base/errors.ts';
import { codeOf } from '../../system/error-code.ts';

/** As many different free ports as asked for. Nothing holds them: another process may take one at any time. */
export async function freePorts(ip: string, count: number): Promise<readonly number[]> {
  const servers: Server[] = [];
  try {
    const ports: number[] = [];
    for (let i = 0; i < count; i += 1) {
      const server = createServer();
      servers.push(server);
      ports.push(await listen(server, ip, 0));
    }
    return ports;
  } finally {
    await Promise.all(servers.map(close));
  }
}

/** Listens on a port and stops at once. Rejects as the system does where that cannot be. */
export async function listenOnce(ip: string, port: number): Promise<void> {
  const server = createServer();
  try {
    await listen(server, ip, port);
  } finally {
    await close(server);
  }
}

/** Whether nothing listens on the port now. Throws `invalid-config` when it cannot be listened on at all. */
export async function isPortFree(ip: string, port: number): Promise<boolean> {
  try {
    await listenOnce(ip, port);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') return false;
    throw new GantryError('invalid-config', `Port ${port} on ${ip} cannot be used: ${String(error)}`, { cause: error });
  }
}

function listen(server: Server, ip: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: ip, port, exclusive: true }, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no port was given'));
      else resolve(address.port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
