import { z } from 'zod';
import { addFault } from '../base/issues.ts';
import { nameSchema } from '../base/names.ts';
import { stages } from '../base/stages.ts';
import { publicKeyOf } from '../trust/public-key.ts';

/** Whose signature counts for which stages. In the policy `publicKey` is PEM, or a file that the loader puts PEM in place of. */
export const signerSchema = z
  .strictObject({
    name: nameSchema,
    publicKey: z.string().max(4096),
    stages: z
      .array(z.enum(stages))
      .min(1, 'name at least one stage')
      .refine((names) => new Set(names).size === names.length, 'name each stage once'),
  })
  .transform(({ name, publicKey: pem, stages: allowed }, context) => {
    const key = publicKeyOf(pem);
    if (key) return { name, stages: allowed, ...key };
    const message = 'write a public key of ed25519 or ECDSA P-256 in PEM, or a path to one beside the policy';
    return addFault(context, message, ['publicKey']);
  });
export type Signer = Readonly<z.infer<typeof signerSchema>>;

export const signersSchema = z
  .array(signerSchema)
  .min(1, 'name at least one signer, or leave signers out')
  .max(20)
  .superRefine((signers, context) => {
    signers.forEach(({ name, keyId }, i) => {
      const before = signers.slice(0, i);
      if (before.some((other) => other.name === name)) addFault(context, `${name} stands here already`, [i, 'name']);
      const same = before.find((other) => other.keyId === keyId);
      if (same) addFault(context, `this is the key of ${same.name} already`, [i, 'publicKey']);
    });
  });
