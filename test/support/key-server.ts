import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

/** A provider that answers nothing but discovery and keys, for tokens as no real one would make them. */
export interface KeyServer {
  readonly issuer: string;
  /** The public key as PEM: what an attacker would sign HS256 with. */
  readonly publicPem: string;
  /** How many requests have come. */
  readonly asked: () => number;
  /** A token of this provider with these claims, valid for five minutes for `gantry` unless told otherwise. */
  sign(
    claims: JWTPayload,
    header?: { readonly alg?: string; readonly typ?: string; readonly kid?: string },
  ): Promise<string>;
  /** Replaces the key, as a provider does from time to time. */
  rotate(): Promise<void>;
  /** Answers 500 to everything while set. */
  breakDown(isBroken: boolean): void;
  close(): Promise<void>;
}

export async function startKeyServer(): Promise<KeyServer> {
  let number = 0;
  let isBroken = false;
  let asked = 0;
  const make = async () => {
    const pair = await generateKeyPair('ES256', { extractable: true });
    number += 1;
    return { ...pair, kid: `key-${number}` };
  };
  let current = await make();
  const server = createServer((request, response) => {
    asked += 1;
    void (async () => {
      const documents: Record<string, unknown> = {
        '/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/keys` },
        '/keys': { keys: [{ ...(await exportJWK(current.publicKey)), kid: current.kid, alg: 'ES256', use: 'sig' }] },
      };
      const body = isBroken ? undefined : documents[request.url ?? ''];
      response.writeHead(body ? 200 : 500, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? {}));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    publicPem: await exportSPKI(current.publicKey),
    asked: () => asked,
    sign(claims, header = {}) {
      const now = Math.floor(Date.now() / 1_000);
      const payload = { iss: issuer, aud: 'gantry', iat: now, exp: now + 300, ...claims };
      return new SignJWT(payload)
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: current.kid, ...header })
        .sign(current.privateKey);
    },
    async rotate() {
      current = await make();
    },
    breakDown(broken) {
      isBroken = broken;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
