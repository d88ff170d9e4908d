import { createServer } from 'node:net';
import { GantryError } from '../domain/base/errors.ts';

interface Place {
  readonly host: string;
  readonly port: number;
}

/** Throws `invalid-config` where nothing can listen, before anything else is begun; port 0 is always free. */
export async function requireFree({ host, port }: Place): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, exclusive: true }, resolve);
    });
  } catch (cause) {
    throw cannotListen({ host, port }, cause);
  } finally {
    server.close();
  }
}

/** Why the API does not listen, as one error. */
export function cannotListen({ host, port }: Place, cause: unknown): GantryError {
  const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
  const why = isTaken
    ? 'something else listens there already (--listen 127.0.0.1:8081 names another place)'
    : cause instanceof Error
      ? cause.message
      : String(cause);
  return new GantryError('invalid-config', `The API cannot listen on ${host}:${port}: ${why}.`, { cause });
}
