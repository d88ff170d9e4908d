import { GantryError } from '../domain/errors.ts';
import { type DevServer, startDevServer } from './dev-server.ts';
import type { Environment } from './executables.ts';
import { findTemporalCli } from './find-cli.ts';

export interface KeepOptions {
  readonly environment: Environment;
  readonly dataDir: string;
  readonly logFile: string;
  readonly namespace: string;
  /** Address and page of the last time, to be at again if they are free. */
  readonly before: { readonly address: string; readonly uiUrl: string } | null;
  /** Hears what goes on, a line at a time. */
  readonly say: (line: string) => void;
}

export interface KeptDevServer {
  readonly address: string;
  readonly uiUrl: string | null;
  readonly stop: () => Promise<void>;
  /** Rejects when it cannot be started again. */
  readonly failed: Promise<never>;
}

/** A server that held these ports and was killed a moment ago lets go of them within this time. */
const samePortsMs = 12_000;

/**
 * A development server on the ports it had before, started again when it ends without being told. Throws
 * `temporal-not-found`, `store-locked` and `engine-unavailable`.
 */
export async function keepDevServer(options: KeepOptions): Promise<KeptDevServer> {
  const { environment, dataDir, logFile, namespace, before, say } = options;
  const cli = await findTemporalCli({ env: environment, progress: say });
  const startAnywhere = () => startDevServer({ cli, dataDir, logFile, namespace });
  const startAt = (at: { readonly address: string; readonly uiUrl: string | null }, startTimeoutMs?: number) => {
    const uiPort = at.uiUrl === null ? null : portOf(at.uiUrl);
    return startDevServer({ cli, dataDir, logFile, namespace, startTimeoutMs, port: portOf(at.address), uiPort });
  };
  let server: DevServer = await (before === null
    ? startAnywhere()
    : startAt(before, samePortsMs).catch((error: unknown) => {
        if (error instanceof GantryError && error.code === 'store-locked') throw error;
        return startAnywhere(); // somebody else has these ports now
      }));
  const { address, uiUrl } = server;
  let isStopping = false;
  const watch = async () => {
    for (;;) {
      await server.exited;
      if (isStopping) return;
      say('The Temporal server ended; it is started again.');
      server = await startAt({ address, uiUrl });
      if (isStopping) await server.stop();
    }
  };
  const watching = watch();
  const failed = watching.then(() => new Promise<never>(() => {}));
  failed.catch(() => undefined); // whoever runs us hears of it; a start that failed earlier does not
  return {
    address,
    uiUrl,
    failed,
    async stop() {
      isStopping = true;
      await server.stop();
      await watching.catch(() => undefined);
    },
  };
}

function portOf(address: string): number {
  return Number(/:(\d+)\/?$/.exec(address)?.[1]);
}
