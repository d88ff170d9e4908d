import { type Config } from '../../config/config.ts';
import { isLoopback } from '../../system/loopback.ts';
import { type Finding, type Findings, fault, ok, warning } from './finding.ts';

/** Whether keys and approvals travel where others could read them. Pure: it looks at the configuration alone. */
export function exposureFindings({
  listen,
  publicUrl,
  trustedProxies,
  temporal,
  store,
  credentials,
}: Config): Findings {
  return [
    apiFinding(listen, publicUrl, trustedProxies),
    ...(temporal.address !== null && !isLoopback(hostOf(temporal.address)) && temporal.tls === null
      ? [
          warning(
            'exposure',
            `Temporal at ${temporal.address} is spoken to in the clear.`,
            'set TEMPORAL_TLS=true, or keep its port in a network that leads nowhere else (docs/security.md)',
          ),
        ]
      : []),
    ...(store?.kind === 'pglite'
      ? [
          warning(
            'exposure',
            `The store is embedded, in ${store.folder}: a power cut may cost its newest entries.`,
            'set GANTRY_STORE to a PostgreSQL for anything that matters',
          ),
        ]
      : []),
    ...credentials.exposed.map((name) =>
      warning(
        'exposure',
        `${name} holds a secret that whoever may look at this process reads in /proc.`,
        `write it into a file, and name that in ${name}_FILE`,
      ),
    ),
  ];
}

function apiFinding(listen: Config['listen'], publicUrl: string | null, proxies: readonly string[]): Finding {
  const at = `${listen.host}:${listen.port}`;
  if (isLoopback(listen.host)) return ok('exposure', `The API is to listen on ${at}, which only this machine reaches.`);
  const isBehindTls = publicUrl?.startsWith('https:') === true && proxies.length > 0;
  if (isBehindTls) return ok('exposure', `The API is to listen on ${at}, behind ${publicUrl}.`);
  return fault(
    'exposure',
    `The API is to listen on ${at} in the clear: whoever is on the way reads keys, and approves with them.`,
    'listen on loopback (GANTRY_LISTEN), or put a proxy with TLS before it and say so: GANTRY_PUBLIC_URL=https://… and GANTRY_TRUST_PROXY',
  );
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
}
