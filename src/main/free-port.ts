import { GantryError, messageOf } from '../domain/base/errors.ts';
import { codeOf } from '../system/error-code.ts';
import { listenOnce } from '../temporal/dev-server/free-ports.ts';

interface Place {
  readonly host: string;
  readonly port: number;
}

/** Throws `invalid-config` where nothing can listen, before anything else is begun; port 0 is always free. */
export async function requireFree(place: Place): Promise<void> {
  await listenOnce(place.host, place.port).catch((cause: unknown) => {
    throw cannotListen(place, cause);
  });
}

/** Why the API does not listen, as one error. */
export function cannotListen({ host, port }: Place, cause: unknown): GantryError {
  const why =
    codeOf(cause) === 'EADDRINUSE'
      ? 'something else listens there already (--listen 127.0.0.1:8081 names another place)'
      : messageOf(cause);
  return new GantryError('invalid-config', `The API cannot listen on ${host}:${port}: ${why}.`, { cause });
}
