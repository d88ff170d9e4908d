import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { initializeCA, initializeTLog } from '@sigstore/mock';

const payloadType = 'application/vnd.in-toto+json';
const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest();
const ecKeys = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const issuerExtension = '1.3.6.1.4.1.57264.1.8';

/** An entry as a log answers it. */
interface Logged {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly verification: {
    readonly signedEntryTimestamp: string;
    readonly inclusionProof: {
      readonly logIndex: number;
      readonly treeSize: number;
      readonly rootHash: string;
      readonly checkpoint: string;
    };
  };
}

const number = (value: number, bytes: number) => {
  const written = Buffer.alloc(bytes);
  written.writeUIntBE(value, 0, bytes);
  return written;
};

/** A log of certificates (RFC 6962), which answers with a list of one signed time stamp. */
function logOfCertificates({ publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }) {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return {
    publicKey: der,
    logID: sha256(der),
    log(certificate: ArrayBuffer, issuerId: ArrayBuffer) {
      const at = Buffer.concat([number(0, 2), number(Date.now(), 6)]);
      const tbs = firstIn(Buffer.from(certificate));
      const entry = [number(1, 2), Buffer.from(issuerId), number(tbs.length, 3), tbs, number(0, 2)];
      const signature = sign('sha256', Buffer.concat([number(0, 2), at, ...entry]), privateKey);
      // Version 1, no extensions, SHA-256 and ECDSA.
      const stamp = [
        number(0, 1),
        sha256(der),
        at,
        number(0, 2),
        Buffer.from([4, 3]),
        number(signature.length, 2),
        signature,
      ];
      const list = Buffer.concat([number(Buffer.concat(stamp).length, 2), ...stamp]);
      return Promise.resolve(new Uint8Array(list).buffer);
    },
  };
}

/** The first element of a sequence in DER, whole: of a certificate what its issuer has signed. */
function firstIn(sequence: Buffer): Buffer {
  const sizesAt = (at: number) => {
    const first = sequence.readUInt8(at + 1);
    const more = first < 128 ? 0 : first - 128;
    return { head: 2 + more, content: more === 0 ? first : sequence.readUIntBE(at + 2, more) };
  };
  const { head } = sizesAt(0);
  const inner = sizesAt(head);
  return sequence.subarray(head, head + inner.head + inner.content);
}

interface SignedAs {
  readonly issuer: string;
  readonly identity: string;
  /** When the log took it, in milliseconds; absent: now, while the certificate is valid. */
  readonly loggedAt?: number;
}

/** Authority, log of certificates and transparency log of somebody's own, and bundles that they make. */
export interface OwnSigstore {
  /** A trusted root, as Sigstore publishes its own. */
  readonly trustedRoot: string;
  readonly bundle: (statement: unknown, by: SignedAs) => Promise<Record<string, unknown>>;
}

export async function ownSigstore(): Promise<OwnSigstore> {
  const [authority, certificateLog, log] = [ecKeys('P-384'), ecKeys('P-256'), ecKeys('P-256')];
  const began = new Date(Date.now() - 3_600_000);
  const ca = await initializeCA(authority, logOfCertificates(certificateLog));
  const logAs = (key: KeyObject, hashAlgorithm: string) => {
    const der = key.export({ type: 'spki', format: 'der' });
    return {
      baseUrl: 'https://log.example',
      hashAlgorithm,
      publicKey: {
        rawBytes: der.toString('base64'),
        keyDetails: 'PKIX_ECDSA_P256_SHA_256',
        validFor: { start: began.toISOString() },
      },
      logId: { keyId: sha256(der).toString('base64') },
    };
  };
  const trustedRoot = JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [logAs(log.publicKey, 'SHA2_256')],
    certificateAuthorities: [
      {
        subject: { organization: 'sigstore.mock', commonName: 'sigstore' },
        uri: 'https://authority.example',
        certChain: { certificates: [{ rawBytes: ca.rootCertificate.toString('base64') }] },
        validFor: { start: began.toISOString() },
      },
    ],
    ctlogs: [logAs(certificateLog.publicKey, 'SHA2_256')],
    timestampAuthorities: [],
  });
  return {
    trustedRoot,
    async bundle(statement, { issuer, identity, loggedAt = Date.now() + 1_000 }) {
      const signer = ecKeys('P-256');
      const certificate = await ca.issueCertificate({
        publicKey: signer.publicKey.export({ type: 'spki', format: 'der' }),
        subjectAltName: identity,
        extensions: [{ oid: issuerExtension, value: issuer }],
      });
      const payload = Buffer.from(typeof statement === 'string' ? statement : JSON.stringify(statement));
      const head = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `;
      const signature = sign('sha256', Buffer.concat([Buffer.from(head), payload]), signer.privateKey).toString(
        'base64',
      );
      const pem = `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`;
      const envelope = { payloadType, payload: payload.toString('base64'), signatures: [{ sig: signature }] };
      const tlog = await initializeTLog('https://log.example', log, new Date(loggedAt));
      const logged = await tlog.log({
        apiVersion: '0.0.1',
        kind: 'dsse',
        spec: {
          envelopeHash: { algorithm: 'sha256', value: sha256(JSON.stringify(envelope)).toString('hex') },
          payloadHash: { algorithm: 'sha256', value: sha256(payload).toString('hex') },
          signatures: [{ signature, verifier: Buffer.from(pem).toString('base64') }],
        },
      });
      const [entry] = Object.values(logged) as unknown as [Logged];
      const { inclusionProof: proof, signedEntryTimestamp } = entry.verification;
      return {
        mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        verificationMaterial: {
          certificate: { rawBytes: certificate.toString('base64') },
          tlogEntries: [
            {
              logIndex: String(entry.logIndex),
              logId: { keyId: Buffer.from(entry.logID, 'hex').toString('base64') },
              kindVersion: { kind: 'dsse', version: '0.0.1' },
              integratedTime: String(entry.integratedTime),
              inclusionPromise: { signedEntryTimestamp },
              inclusionProof: {
                logIndex: String(proof.logIndex),
                rootHash: Buffer.from(proof.rootHash, 'hex').toString('base64'),
                treeSize: String(proof.treeSize),
                hashes: [],
                checkpoint: { envelope: proof.checkpoint },
              },
              canonicalizedBody: entry.body,
            },
          ],
        },
        dsseEnvelope: envelope,
      };
    },
  };
}
