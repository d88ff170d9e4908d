import type { Client } from '@temporalio/client';
import { pino } from 'pino';
import { createAdapters } from '../adapters/index.ts';
import { buildApp } from '../api/app.ts';
import type { ApiDeps, SigningKeys } from '../api/deps.ts';
import type { OidcSettings } from '../api/identity/oidc/settings.ts';
import type { PublicKey } from '../domain/trust/public-key.ts';
import type { PolicyFile } from '../files/policy.ts';
import type { ProcedureFolder } from '../files/procedure.ts';
import type { Store } from '../store/index.ts';
import { createGateway } from '../temporal/gateway.ts';
import type { RoomFault } from './disk-room.ts';
import { cannotListen } from './free-port.ts';
import { errorLines } from './lines.ts';
import type { Running } from './run-until-signal.ts';

export interface ApiParts {
  readonly store: Store;
  readonly client: Client;
  readonly policy: PolicyFile;
  readonly procedures: ProcedureFolder;
  readonly signingKeys: SigningKeys | null;
  /** Of the workers of the same process; others keep theirs to themselves. */
  readonly attestationKeys: readonly PublicKey[];
  /** With which links to pages are made; null: there are none. */
  readonly pageKey: Uint8Array | null;
  readonly oidc: OidcSettings | null;
  readonly listen: { readonly host: string; readonly port: number };
  /** After it was told to end it says so, and goes on working, for so long; milliseconds. */
  readonly drainMs: number;
  readonly trustedProxies: readonly string[];
  /** What is wrong with the role that the store was opened as; null or absent: nothing. */
  readonly roleFault?: string | null;
  /** Whom commands run as, where this process carries them out. */
  readonly commands?: ApiDeps['commands'];
  readonly roomFault: RoomFault;
}

/** Starts the HTTP API; resolves once it accepts requests. Throws `invalid-config` when the port is taken. */
export async function startApi(parts: ApiParts): Promise<Running & { readonly url: string }> {
  const { store, client, policy, procedures, signingKeys, attestationKeys, pageKey, oidc, listen, trustedProxies } =
    parts;
  const app = await buildApp({
    store,
    policy,
    procedures,
    signingKeys,
    attestationKeys,
    pageKey,
    oidc,
    trustedProxies,
    roleFault: parts.roleFault ?? null,
    commands: parts.commands,
    roomFault: parts.roomFault,
    gateway: createGateway(client),
    catalog: createAdapters(),
    now: Date.now,
    logger: pino({ level: 'warn' }, errorLines),
  });
  // Made once, and before anybody waits for something else meanwhile.
  app.swagger();
  const url = await app.listen({ ...listen }).catch(async (cause: NodeJS.ErrnoException) => {
    await app.close();
    throw cannotListen(listen, cause);
  });
  return { url, stop: () => app.drainAndClose(parts.drainMs) };
}
