import { connect, type Socket } from 'node:net';
import { checkHost, guardedLookup } from './refused-addresses.ts';

/**
 * Opens a TCP connection to an address that is allowed. An abort before it is open destroys it; once open it is the
 * caller's. Throws the signal's reason, `address-refused`, and the errors of the system.
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
      // Until the caller listens for errors, and after it has stopped.
      socket.on('error', () => undefined);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
