import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson, digestOfJson } from '../base/canonical-json.ts';
import { pick } from '../base/pick.ts';
import type { AttestationKey } from '../trust/attestation-key.ts';
import { type Envelope, openEnvelope, seal, type VerifySignature } from '../trust/envelope.ts';
import type { PublicKey } from '../trust/public-key.ts';
import type { Rehearsal } from './proven-by-rollback.ts';

/** A rehearsal as the store keeps it, one for each deployment that was one. */
export interface RehearsalRow extends Rehearsal {
  /** Of the canonical JSON of {@link rehearsalStatement}. */
  readonly digest: string;
  /** The statement, signed by the worker that published the record; null: it had no key. */
  readonly envelope: Envelope | null;
}

/** A name of ours for what a rehearsal states; the reserved domain can never be another's. */
const rehearsalPredicate = 'https://gantry.invalid/rehearsal/v1';

/** A rehearsal as an in-toto Statement v1 about the procedure: what a worker signs. */
export function rehearsalStatement(rehearsal: Rehearsal) {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'procedure', digest: { sha256: hexOf(rehearsal.procedureDigest) } }],
    predicateType: rehearsalPredicate,
    predicate: {
      ...pick(rehearsal, 'service', 'environment', 'deployment', 'kind', 'stepsUndone', 'verifiedAt'),
      plan: { digest: { sha256: hexOf(rehearsal.planDigest) } },
    },
  } as const;
}

const hexOf = (digest: string) => digest.replace(/^sha256:/, '');
const bytesOf = (rehearsal: Rehearsal) => utf8ToBytes(canonicalJson(rehearsalStatement(rehearsal)));

/** A rehearsal to be kept, its statement in a DSSE envelope where there is a key. */
export function attestedRehearsal(rehearsal: Rehearsal, key: AttestationKey | null): RehearsalRow {
  const digest = digestOfJson(rehearsalStatement(rehearsal));
  return { ...rehearsal, digest, envelope: key && seal(bytesOf(rehearsal), key.keyId, key.sign) };
}

/** What a row's signature is worth. `unknown-key`: it cannot be verified here; `false`: a known key has not signed this. */
export type Vouched =
  | { readonly kind: 'verified' | 'unknown-key'; readonly keys: readonly string[] }
  | { readonly kind: 'unsigned' | 'false' };

/** Holds a row against its envelope, by the public keys that are known. */
export function vouchedFor(
  { envelope, ...rehearsal }: RehearsalRow,
  known: readonly PublicKey[],
  verify?: VerifySignature,
): Vouched {
  if (!envelope) return { kind: 'unsigned' };
  const opened = openEnvelope(envelope, known, verify);
  if (opened.kind === 'refused')
    return opened.code === 'unknown-signer'
      ? { kind: 'unknown-key', keys: envelope.signatures.map(({ keyid }) => keyid ?? 'without a name') }
      : { kind: 'false' };
  const isSame = bytesToHex(opened.payload) === bytesToHex(bytesOf(rehearsal));
  return isSame ? { kind: 'verified', keys: opened.keys.map(({ keyId }) => keyId) } : { kind: 'false' };
}
