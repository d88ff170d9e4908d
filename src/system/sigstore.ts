import { type Bundle, bundleFromJSON, bundleToJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import {
  type SignedEntity,
  type TrustMaterial,
  toSignedEntity,
  toTrustMaterial,
  VerificationError,
  Verifier,
} from '@sigstore/verify';
import type { ErrorCode } from '../domain/base/error-codes.ts';
import type { OpenedBundle, VerifyBundle } from '../domain/evidence/bundle.ts';

/**
 * Verifies a Sigstore bundle around an envelope (DSSE) by nothing but a trusted root: the certificate's chain at the time that
 * the log or a time stamp vouches for, its entry in a log of certificates, the entry of the signature in a transparency log,
 * and the signature itself. Who that is, it tells; whether they may vouch is not decided here.
 */
export const verifyBundle: VerifyBundle = (document, trustedRoot) => {
  let bundle: Bundle;
  try {
    bundle = bundleFromJSON(document);
  } catch (error) {
    return refused(
      'invalid-evidence',
      `the Sigstore bundle is incomplete or of a version that is not known: ${wordsOf(error)}`,
    );
  }
  const { content, verificationMaterial } = bundle;
  if (content.$case !== 'dsseEnvelope' || verificationMaterial.content.$case === 'publicKey')
    return refused(
      'unsupported-evidence',
      'only a Sigstore bundle with a certificate, around an envelope (DSSE), counts',
    );
  if (verificationMaterial.tlogEntries.length === 0)
    return refused('not-logged', 'the bundle has no entry of a transparency log');
  try {
    const entity = toSignedEntity(bundle);
    const { identity } = new Verifier(trustMaterialOf(trustedRoot)).verify(entity);
    const { payloadType, payload } = content.dsseEnvelope;
    return {
      kind: 'verified',
      issuer: identity?.extensions?.issuer ?? '',
      identity: identity?.subjectAlternativeName ?? '',
      signedAt: new Date(Math.max(...entity.timestamps.flatMap(timesOf))).toISOString(),
      payloadType,
      payload: new Uint8Array(payload),
      kept: bundleToJSON(bundle),
    };
  } catch (error) {
    return refused(codeOf(error), wordsOf(error));
  }
};

/** What the verifier goes by: the time of an entry counts where the log has signed it. */
function timesOf(timestamp: SignedEntity['timestamps'][number]): readonly number[] {
  if (timestamp.$case === 'timestamp-authority') return [timestamp.timestamp.signingTime.getTime()];
  const { inclusionPromise, integratedTime } = timestamp.tlogEntry;
  return inclusionPromise ? [Number(integratedTime) * 1000] : [];
}

/** Why a trusted root is none; null where it is one. */
export function trustedRootFault(text: string): string | null {
  try {
    const { certificateAuthorities, tlogs, ctlogs } = trustMaterialOf(text);
    const isWhole = certificateAuthorities.length > 0 && tlogs.length > 0 && ctlogs.length > 0;
    return isWhole ? null : 'a trusted root names authorities of certificates, logs of these and transparency logs';
  } catch (error) {
    return `this is no trusted root of Sigstore in JSON: ${wordsOf(error)}`;
  }
}

/** By text: to make one costs as much as to verify by it. Policies name few. */
const known = new Map<string, TrustMaterial>();
const maxKnown = 20;

function trustMaterialOf(trustedRoot: string): TrustMaterial {
  const found = known.get(trustedRoot);
  if (found) return found;
  const made = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(trustedRoot)));
  if (known.size >= maxKnown) known.clear();
  known.set(trustedRoot, made);
  return made;
}

function codeOf(error: unknown): ErrorCode {
  const code = error instanceof VerificationError ? error.code : null;
  // Its words are all that tells it from a chain that leads nowhere.
  if (code === 'CERTIFICATE_ERROR') return /expired/.test(wordsOf(error)) ? 'certificate-expired' : 'signature-invalid';
  return code?.startsWith('TLOG') || code === 'TIMESTAMP_ERROR' ? 'not-logged' : 'signature-invalid';
}

/** What went wrong, and by what. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message} (${cause.message})` : error.message;
}

const refused = (code: ErrorCode, detail: string): OpenedBundle => ({ kind: 'refused', code, detail });
