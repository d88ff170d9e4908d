import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { type Stage, stages } from '../../src/domain/base/stages.ts';
import type { KeySigner } from '../../src/domain/policy/signers-schema.ts';
import type { Envelope } from '../../src/domain/trust/envelope.ts';
import { publicKeyOf } from '../../src/domain/trust/public-key.ts';

const payloadType = 'application/vnd.in-toto+json';

/** A key pair of a pipeline; it signs as OpenSSL does, with nothing of Gantry's. */
export interface SigningKey {
  /** Public, SPKI. */
  readonly pem: string;
  /** Private, PKCS #8. */
  readonly privatePem: string;
  readonly keyId: string;
  signatureOf(payload: string): string;
  envelope(statement: unknown): Envelope;
}

export function signingKey(kind: 'ed25519' | 'ecdsa-p256' = 'ed25519'): SigningKey {
  const { publicKey, privateKey } =
    kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const keyId = `sha256:${createHash('sha256').update(der).digest('hex')}`;
  const signatureOf = (payload: string) => {
    const signed = `DSSEv1 ${payloadType.length} ${payloadType} ${Buffer.byteLength(payload)} ${payload}`;
    return sign(kind === 'ed25519' ? null : 'sha256', Buffer.from(signed), privateKey).toString('base64');
  };
  return {
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    keyId,
    signatureOf,
    envelope(statement) {
      const payload = typeof statement === 'string' ? statement : JSON.stringify(statement);
      const signatures = [{ keyid: keyId, sig: signatureOf(payload) }];
      return { payloadType, payload: Buffer.from(payload).toString('base64'), signatures };
    },
  };
}

/** The signer whom a policy names by a public key in PEM. */
export function signerOf(name: string, pem: string, allowed: readonly Stage[] = stages): KeySigner {
  const key = publicKeyOf(pem);
  if (!key) throw new Error('no key');
  return { name, stages: [...allowed], ...key };
}
