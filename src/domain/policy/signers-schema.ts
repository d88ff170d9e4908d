import { z } from 'zod';
import { addFault } from '../base/issues.ts';
import { means } from '../base/means.ts';
import { provenancePredicate, testResultPredicate } from '../base/predicates.ts';
import { stages } from '../base/stages.ts';
import { nameSchema } from '../base/text-schemas.ts';
import { publicKeyOf } from '../trust/public-key.ts';

const stagesSchema = z
  .array(z.enum(stages))
  .min(1, 'name at least one stage')
  .refine((names) => new Set(names).size === names.length, 'name each stage once');

/** Who signs without a key of their own: whom an identity provider has vouched for, by a short-lived certificate. */
const sigstoreSchema = z.strictObject({
  issuer: z
    .url({ protocol: /^https$/, error: 'write the https URL of the identity provider' })
    .max(300)
    .meta(means('The identity provider', 'https://token.actions.githubusercontent.com')),
  identity: z
    .string()
    .min(3)
    .max(500)
    .regex(/^[!-)+-~]+\*?$/, 'write it as the certificate does: printable, without spaces and *')
    .refine(
      (identity) => !identity.endsWith('*') || /^https:\/\/[^@]+\/[^@]+@[^@]*\*$/.test(identity),
      'only the git reference of a workflow may be left open: https://…/build.yml@refs/tags/*',
    )
    .meta(
      means(
        'Whom it has vouched for, as the certificate says it; only the git reference of a workflow may be left open by `*`',
        'https://github.com/shop/shop/.github/workflows/build.yml@refs/tags/*',
      ),
    ),
});

/**
 * Whose signature counts for which stages: by a key, or by an identity of Sigstore. In the policy `publicKey` is PEM, or a
 * file that the loader puts PEM in place of.
 */
export const signerSchema = z
  .strictObject({
    name: nameSchema.meta(means('Its name, for records', 'ci')),
    publicKey: z
      .string()
      .max(4096)
      .optional()
      .meta(means("Its key, ed25519 or ECDSA P-256: PEM, or a file below the policy's folder", 'keys/ci.pub')),
    sigstore: sigstoreSchema
      .optional()
      .meta(means('Instead of a key, an identity of which Sigstore has given a certificate')),
    predicateTypes: z
      .array(z.enum([testResultPredicate, provenancePredicate]))
      .min(1)
      .max(2)
      .optional()
      .meta(means('What it may attest, by an identity; absent: results of tests')),
    stages: stagesSchema.meta(means('The stages for which its signature counts', ['integration', 'context'])),
  })
  .transform(({ name, publicKey: pem, sigstore, predicateTypes, stages: allowed }, context) => {
    if ((pem === undefined) === (sigstore === undefined))
      return addFault(context, 'say either publicKey or sigstore', [pem === undefined ? 'publicKey' : 'sigstore']);
    if (sigstore) {
      const attests = predicateTypes ?? [testResultPredicate];
      if (attests.includes(provenancePredicate) && allowed.length > 1)
        return addFault(context, `${provenancePredicate} knows no stages: name the one that it proves`, ['stages']);
      const keyId = `${sigstore.issuer} ${sigstore.identity}`;
      return { name, stages: allowed, algorithm: 'sigstore' as const, keyId, ...sigstore, attests };
    }
    if (predicateTypes)
      return addFault(context, 'they belong to sigstore: a key signs results of tests', ['predicateTypes']);
    const key = publicKeyOf(pem ?? '');
    if (key) return { name, stages: allowed, ...key };
    const message = 'write a public key of ed25519 or ECDSA P-256 in PEM, or a path to one beside the policy';
    return addFault(context, message, ['publicKey']);
  });

/** As policy and plan have them. `keyId` names the key, or issuer and identity. */
export type NamedSigner = Readonly<z.infer<typeof signerSchema>>;
type NamedIdentity = Extract<NamedSigner, { readonly algorithm: 'sigstore' }>;
export type KeySigner = Exclude<NamedSigner, NamedIdentity>;
/** With the root, in JSON, by which its certificates are verified. */
export type SigstoreSigner = NamedIdentity & { readonly trustedRoot: string };
export type Signer = KeySigner | SigstoreSigner;

/** The signers of an environment, with what verifies their signatures. */
export function signersWithRoot({
  signers,
  trustedRoot,
}: {
  readonly signers: readonly NamedSigner[];
  readonly trustedRoot?: string | undefined;
}): readonly Signer[] {
  return signers.flatMap((one): readonly Signer[] => {
    if (one.algorithm !== 'sigstore') return [one];
    return trustedRoot === undefined ? [] : [{ ...one, trustedRoot }];
  });
}

export const isSigstoreSigner = (signer: Signer): signer is SigstoreSigner => signer.algorithm === 'sigstore';
export const isKeySigner = (signer: Signer): signer is KeySigner => signer.algorithm !== 'sigstore';

export const signersSchema = z
  .array(signerSchema)
  .min(1, 'name at least one signer, or leave signers out')
  .max(20)
  .superRefine((signers, context) => {
    signers.forEach(({ name, keyId, algorithm }, i) => {
      const before = signers.slice(0, i);
      if (before.some((other) => other.name === name)) addFault(context, `${name} stands here already`, [i, 'name']);
      const same = before.find((other) => other.keyId === keyId);
      const [what, where] = algorithm === 'sigstore' ? ['identity', 'sigstore'] : ['key', 'publicKey'];
      if (same) addFault(context, `this is the ${what} of ${same.name} already`, [i, where]);
    });
  });

/** JSON of a trusted root, which the loader has verified and puts in place of the file that the policy names. */
export const trustedRootSchema = z.string().max(48 * 1024);
