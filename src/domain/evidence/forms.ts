import { fieldsOf } from '../base/fields.ts';
import { parseJson } from '../base/json.ts';
import { shortList } from '../base/short-list.ts';
import type { Signer } from '../policy/signers-schema.ts';
import { fromBase64 } from '../trust/base64.ts';
import { isBundle, takesBundles } from './bundle.ts';
import { statementType } from './statement.ts';

// Other forms in which tools write what they attest: each is answered with what to send in its place.

const ours = `an in-toto statement of _type ${statementType}`;

/** What to send in place of what was sent as `envelope`; null where it may be one. `known`: whose signatures count. */
export function envelopeFormFault(document: unknown, known: readonly Signer[]): string | null {
  if (isBundle(document)) return bundleText(document, known);
  if (has(document, '_type') && !has(document, 'payload'))
    return 'this is a statement without a signature: send it as `statement`, or sign it (DSSE)';
  return null;
}

/** The same for a statement, which may be the payload of an envelope. */
export function statementFormFault(
  document: unknown,
  known: readonly Signer[],
): { readonly pointer: string; readonly detail: string } | null {
  if (isBundle(document)) {
    const detail = takesBundles(known)
      ? 'this is a Sigstore bundle: send it as `envelope`'
      : bundleText(document, known);
    return { pointer: '', detail };
  }
  if (has(document, 'payload') && has(document, 'signatures'))
    return { pointer: '', detail: 'this is an envelope (DSSE): send it as `envelope`' };
  const { _type: type } = fieldsOf(document);
  if (typeof type !== 'string' || type === statementType) return null;
  const what = type === 'https://in-toto.io/Statement/v0.1' ? 'a statement of v0.1' : 'another kind of statement';
  return {
    pointer: '/_type',
    detail: `this is ${what}: send ${ours}, signed as it is (gantry evidence sign makes one, cosign attest does not)`,
  };
}

function bundleText(bundle: unknown, known: readonly Signer[]): string {
  const document = attestationIn(bundle);
  const isOld = document !== null && fieldsOf(document)['_type'] !== statementType;
  const counted = `certificates and transparency logs are not looked at, since the policy names no identity of Sigstore: only signatures of ${keysText(known)} count`;
  if (isOld)
    return `this is a Sigstore bundle around another statement than ${ours} (cosign attest makes none of v1): sign one of those, as gantry evidence sign or OpenSSL does, and send the envelope (DSSE) as \`envelope\`; ${counted}`;
  const place = has(bundle, 'dsseEnvelope') ? 'dsseEnvelope' : document === null ? null : 'base64Signature, decoded,';
  return place !== null
    ? `this is a Sigstore bundle: send what stands in its ${place} as \`envelope\`; ${counted}`
    : `this is a Sigstore bundle that signs the bytes of a file: send an envelope (DSSE) around ${ours}; ${counted}`;
}

/** The statement that a bundle holds, unverified, only to say what to send; null where it signs the bytes of a file. */
function attestationIn(bundle: unknown): unknown {
  const { base64Signature: former, dsseEnvelope } = fieldsOf(bundle);
  const { payload } = fieldsOf(typeof former === 'string' ? parseJson(fromBase64(former) ?? '') : dsseEnvelope);
  return typeof payload === 'string' ? (parseJson(fromBase64(payload) ?? '') ?? null) : null;
}

/** `ci (ed25519, sha256:…)`, each key once. */
function keysText(known: readonly Signer[]): string {
  const keys = [...new Map(known.map((signer) => [signer.keyId, signer])).values()];
  if (keys.length === 0) return 'public keys that the policy names, of which there are none,';
  return shortList(keys.map(({ name, algorithm, keyId }) => `${name} (${algorithm}, ${keyId})`));
}

function has(value: unknown, key: string): boolean {
  return fieldsOf(value)[key] !== undefined;
}
