import { connect, type Socket } from 'node:net';
import { checkHost, guardedLookup } from '../http/addresses.ts';

/**
 * A connection to a mail server, whose address is evaluated as those of HTTP are. Destroyed when the signal comes before it
 * is there; afterwards it is the caller's. Throws the signal's reason, `address-refused`, and what the system says.
 */
export async function connectTo(
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted();
  checkHost(host);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, lookup: guardedLookup });
    const stop = () => socket.destroy(signal.reason instanceof Error ? signal.reason : new Error('stopped'));
    signal.addEventListener('abort', stop, { once: true });
    socket.once('connect', () => {
      socket.off('error', reject);
      signal.removeEventListener('abort', stop);
      // Until the mailer listens to it, and after it has stopped.
      socket.on('error', () => undefined);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
