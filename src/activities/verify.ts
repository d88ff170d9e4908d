import { verify } from 'node:crypto';
import { spkiOf } from '../domain/evidence/signers.ts';
import type { Verify } from '../domain/trust/proof.ts';
import { keyObjectOf } from '../native-signatures.ts';

/** Node's own: a hundred times quicker than what workflows have. */
export const verifyQuickly: Verify = (publicKey, text, signature) =>
  verify(
    null,
    Buffer.from(text),
    keyObjectOf(spkiOf({ algorithm: 'ed25519', key: publicKey })),
    Buffer.from(signature, 'hex'),
  );
