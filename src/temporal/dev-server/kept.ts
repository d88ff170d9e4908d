import { hasCode } from '../../domain/base/errors.ts';
import { type DevServer, startDevServer } from './dev-server.ts';
import type { Environment } from './executables.ts';
import { findTemporalCli } from './find-cli.ts';
import { type ServingLimits, untilItFails } from './readiness.ts';

export interface KeepOptions {
  readonly environment: Environment;
  readonly dataDir: string;
  readonly logFile: string;
  readonly namespace: string;
  /** Address and page of the last time, to be at again if they are free. */
  readonly before: { readonly address: string; readonly uiUrl: string } | null;
  /** Takes what goes on, a line at a time. */
  readonly say: (line: string) => void;
  /** When it counts as not serving; {@link servingLimits} when absent. */
  readonly serving?: ServingLimits;
}

export type KeptDevServer = Awaited<ReturnType<typeof keepDevServer>>;

/** An overloaded one answers late, a stuck one never: 15 s of errors, or half a minute of silence, show which. */
const servingLimits: ServingLimits = { everyMs: 5_000, answerMs: 10_000, badAnswers: 3 };

/** A server that held these ports and was killed a moment ago lets go of them within this time. */
const samePortsMs = 12_000;

/**
 * A development server on the ports it had before, started again when it ends without being told, and when it is there
 * but serves no longer. Throws `temporal-not-found`, `store-locked` and `engine-unavailable`.
 */
export async function keepDevServer(options: KeepOptions) {
  const { environment, dataDir, logFile, namespace, before, say, serving = servingLimits } = options;
  const cli = await findTemporalCli({ env: environment, progress: say });
  const startAnywhere = () => startDevServer({ cli, dataDir, logFile, namespace });
  const startAt = (at: { readonly address: string; readonly uiUrl: string | null }, startTimeoutMs?: number) => {
    const uiPort = at.uiUrl === null ? null : portOf(at.uiUrl);
    return startDevServer({ cli, dataDir, logFile, namespace, startTimeoutMs, port: portOf(at.address), uiPort });
  };
  let server: DevServer = await (before === null
    ? startAnywhere()
    : startAt(before, samePortsMs).catch((error: unknown) => {
        if (hasCode(error, 'store-locked')) throw error;
        return startAnywhere(); // another process has these ports now
      }));
  const { address, uiUrl } = server;
  let isStopping = false;
  const watch = async () => {
    for (;;) {
      const fault = await untilItServesNoLonger(server, serving);
      if (isStopping) return;
      say(`The Temporal server ${fault === null ? 'ended' : `serves no longer (${fault})`}; it is started again.`);
      await server.stop();
      server = await startAt({ address, uiUrl });
      if (isStopping) await server.stop();
    }
  };
  const watching = watch();
  const failed = watching.then(() => new Promise<never>(() => {}));
  failed.catch(() => undefined); // for the caller, which may not be listening yet
  return {
    address,
    uiUrl,
    /** Rejects when it cannot be started again. */
    failed,
    async stop(): Promise<void> {
      isStopping = true;
      await server.stop();
      await watching.catch(() => undefined);
    },
  };
}

/** Resolves to `null` when the server has ended, to its answer when it lives and does not serve. */
async function untilItServesNoLonger(server: DevServer, serving: ServingLimits): Promise<string | null> {
  const over = new AbortController();
  const exited = server.exited.then(() => null);
  try {
    const fault = await Promise.race([exited, untilItFails(server.address, server.namespace, serving, over.signal)]);
    return fault ?? (await exited);
  } finally {
    over.abort();
  }
}

function portOf(address: string): number {
  return Number(/:(\d+)\/?$/.exec(address)?.[1]);
}
