import { fieldsOf } from '../base/fields.ts';
import { isSigstoreSigner, type Signer, type SigstoreSigner } from '../policy/signers-schema.ts';
import { type EvidenceFault, evidenceLimitBytes, inTotoPayload, tooLarge } from '../trust/envelope.ts';

/** What a Sigstore bundle holds, and who has signed it. */
export type OpenedBundle =
  | {
      readonly kind: 'verified';
      readonly issuer: string;
      readonly identity: string;
      /** ISO 8601, as a log or a time stamp vouches for it. */
      readonly signedAt: string;
      readonly payloadType: string;
      readonly payload: Uint8Array;
      /** The bundle without what nobody knows. */
      readonly kept: object;
    }
  | ({ readonly kind: 'refused' } & EvidenceFault);

/** Verifies a bundle by a trusted root alone, in JSON. A process has it; workflows never weigh evidence. */
export type VerifyBundle = (bundle: unknown, trustedRoot: string) => OpenedBundle;

export type AttributedBundle =
  | {
      readonly kind: 'verified';
      readonly payload: Uint8Array;
      readonly keys: readonly SigstoreSigner[];
      readonly signedAt: string;
      readonly kept: object;
    }
  | ({ readonly kind: 'refused' } & EvidenceFault);

/** A bundle around an envelope may be many times larger than what it attests; ours have a few KiB of certificates and proofs. */
const maxBundleLength = 2 * evidenceLimitBytes;

/** Whether some of those whose word counts sign by an identity, so that bundles are looked at. */
export function takesBundles(known: readonly Signer[]): boolean {
  return known.some(isSigstoreSigner);
}

/** A Sigstore bundle: a statement or an envelope with unknown fields is none. */
export function isBundle(document: unknown): boolean {
  const { _type, payload, signatures, mediaType, ...others } = fieldsOf(document);
  if (_type !== undefined || (payload !== undefined && signatures !== undefined)) return false;
  if (typeof mediaType === 'string' && mediaType.startsWith('application/vnd.dev.sigstore.bundle')) return true;
  return ['dsseEnvelope', 'messageSignature', 'verificationMaterial', 'base64Signature'].some(
    (key) => others[key] !== undefined,
  );
}

/**
 * Who of those that are known has signed a bundle. Refuses with what `verify` refuses it with, `evidence-too-large`,
 * `unsupported-evidence`, and with `unknown-signer` where it is the word of somebody else.
 */
export function attributeBundle(
  bundle: unknown,
  known: readonly Signer[],
  verify: VerifyBundle | undefined,
): AttributedBundle {
  const identities = known.filter(isSigstoreSigner);
  const length = JSON.stringify(bundle).length;
  if (length > maxBundleLength) return refused('evidence-too-large', tooLarge('Sigstore bundle', length));
  if (!verify) return refused('unsupported-evidence', 'nothing here verifies Sigstore bundles');
  let fault: AttributedBundle | null = null;
  for (const root of new Set(identities.map(({ trustedRoot }) => trustedRoot))) {
    const opened = verify(bundle, root);
    if (opened.kind === 'refused') {
      fault ??= opened;
      continue;
    }
    const { issuer, identity, payloadType, ...signed } = opened;
    if (payloadType !== inTotoPayload) return refused('unsupported-evidence', `the payload is no ${inTotoPayload}`);
    const keys = identities.filter(
      (one) => one.trustedRoot === root && one.issuer === issuer && isNamed(one, identity),
    );
    if (keys.length > 0) return { ...signed, keys };
    // That it is good, and of a stranger, says more than that another root does not know it.
    fault = refused('unknown-signer', `signed by ${identity} of ${issuer}, whom the policy does not name`);
  }
  return fault ?? refused('unknown-signer', 'the policy names no identity');
}

/** Exactly; where the policy leaves the git reference open (`…@*`), up to it. */
const isNamed = ({ identity: named }: { readonly identity: string }, identity: string) =>
  named.endsWith('*') ? identity.startsWith(named.slice(0, -1)) : identity === named;

const refused = (code: EvidenceFault['code'], detail: string) => ({ kind: 'refused', code, detail }) as const;
